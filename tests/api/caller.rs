//! A user who calls the API.

use harness::{Answer, Row, Usher, new_user_id, text};
use reqwest::Method;
use serde_json::{Value, json};

/// A user of one test, with a session at Clerk.
pub(crate) struct Caller<'a> {
    usher: &'a Usher,
    pub(crate) id: String,
}

impl<'a> Caller<'a> {
    /// Creates a user whose webhook has arrived.
    pub(crate) async fn new(usher: &'a Usher) -> Self {
        let caller = Self::unsynced(usher);
        usher.deliver_user_created(&caller.id).await;
        caller
    }

    /// Creates a user at the Clerk emulator, whose webhook has arrived.
    pub(crate) async fn at_clerk(usher: &'a Usher, name: &str) -> Self {
        let email = format!("{name}.{}@example.com", new_user_id());
        let user = json!({"email_address": [email], "first_name": name});
        let user = usher.clerk_request(Method::POST, "/v1/users", &user).await;
        Self { usher, id: user["id"].as_str().unwrap().to_owned() }
    }

    /// The user with this id, whom the test has created.
    pub(crate) fn existing(usher: &'a Usher, id: &str) -> Self {
        Self { usher, id: id.to_owned() }
    }

    /// Creates a user whose webhook has not arrived yet.
    pub(crate) fn unsynced(usher: &'a Usher) -> Self {
        Self { usher, id: new_user_id() }
    }

    /// Sends a request with these headers and a session token of the user.
    pub(crate) async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("authorization", format!("Bearer {}", self.usher.session_token(&self.id))));
        self.usher.call(method, path, &headers, body).await
    }

    /// Sends a body as `application/json`. The body need not be valid JSON.
    pub(crate) async fn send_json(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.call(method, path, &[("content-type", "application/json".to_owned())], body.into()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send_json(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send_json(Method::PATCH, path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], Vec::new()).await
    }

    /// Posts with an `Idempotency-Key`.
    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json".to_owned()), ("idempotency-key", key.to_owned())];
        self.call(Method::POST, path, &headers, body.to_string().into()).await
    }

    /// Creates a thread and returns its path.
    pub(crate) async fn create_thread(&self) -> String {
        let thread = self.post("/threads", &json!({})).await.expect_created();
        format!("/threads/{}", thread["id"].as_str().unwrap())
    }

    /// Sends a message to the thread with this path.
    pub(crate) async fn create_message(&self, thread: &str, content: &str) -> Value {
        self.post(&format!("{thread}/messages"), &json!({"content": content})).await.expect_created()
    }

    /// Asserts that a request gets a 4xx response without `secret` in it, and changes no row of the user.
    pub(crate) async fn expect_refused(&self, secret: &str, request: impl Future<Output = Answer>) -> Answer {
        let before = self.rows().await;
        let answer = request.await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert!(!answer.body.contains(secret), "the response repeats the request: {answer:?}");
        assert!(self.rows().await == before, "the rows have changed: {answer:?}");
        answer
    }

    /// Reads all rows of the user.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        self.usher.rows(&self.id).await
    }

    /// Reads all rows of the user except the user row itself.
    pub(crate) async fn owned_rows(&self) -> Vec<Row> {
        self.rows().await.into_iter().filter(|row| text(row, "sk") != "USER").collect()
    }

    /// Reads the sort keys of all rows of the user.
    pub(crate) async fn sort_keys(&self) -> Vec<String> {
        self.rows().await.iter().map(|row| text(row, "sk").to_owned()).collect()
    }

    /// Counts the rows of the user whose sort keys start with `prefix`.
    pub(crate) async fn count_rows(&self, prefix: &str) -> usize {
        self.sort_keys().await.iter().filter(|sk| sk.starts_with(prefix)).count()
    }
}
