//! Who calls the API.

use harness::{Answer, Row, Usher, new_user_id, text};
use reqwest::Method;
use serde_json::{Value, json};

/// A user of the test's own, with a session at Clerk.
pub(crate) struct Caller<'a> {
    usher: &'a Usher,
    pub(crate) id: String,
}

impl<'a> Caller<'a> {
    /// A user whose webhook has arrived.
    pub(crate) async fn new(usher: &'a Usher) -> Self {
        let caller = Self::unsynced(usher);
        usher.deliver_user_created(&caller.id).await;
        caller
    }

    /// A user who signed up at the Clerk emulator; its webhook has arrived.
    pub(crate) async fn at_clerk(usher: &'a Usher, name: &str) -> Self {
        let email = format!("{name}.{}@example.com", new_user_id());
        let user = json!({"email_address": [email], "first_name": name});
        let user = usher.clerk_request(Method::POST, "/v1/users", &user).await;
        Self { usher, id: user["id"].as_str().unwrap().to_owned() }
    }

    /// A user whose webhook has not arrived yet.
    pub(crate) fn unsynced(usher: &'a Usher) -> Self {
        Self { usher, id: new_user_id() }
    }

    /// Any request, with a token of the user's beside these headers.
    pub(crate) async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("authorization", format!("Bearer {}", self.usher.session_token(&self.id))));
        self.usher.call(method, path, &headers, body).await
    }

    /// Any request whose body is said to be JSON, and need not be.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.call(method, path, &[("content-type", "application/json".to_owned())], body.into()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], Vec::new()).await
    }

    /// A request with an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json".to_owned()), ("idempotency-key", key.to_owned())];
        self.call(Method::POST, path, &headers, body.to_string().into()).await
    }

    /// Path of a new thread.
    pub(crate) async fn new_thread(&self) -> String {
        let thread = self.post("/threads", &json!({})).await.expect_created();
        format!("/threads/{}", thread["id"].as_str().unwrap())
    }

    /// A new message of a thread, by the thread's path.
    pub(crate) async fn say(&self, thread: &str, content: &str) -> Value {
        self.post(&format!("{thread}/messages"), &json!({"content": content})).await.expect_created()
    }

    /// A request that is refused by a problem, changes no row of the user's, and has nothing of `secret` in its answer.
    pub(crate) async fn expect_refused(&self, secret: &str, ask: impl Future<Output = Answer>) -> Answer {
        let before = self.rows().await;
        let answer = ask.await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert!(!answer.body.contains(secret), "the answer says what was sent: {answer:?}");
        assert!(self.rows().await == before, "rows have changed: {answer:?}");
        answer
    }

    /// All rows of the user.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        self.usher.rows(&self.id).await
    }

    /// All that belongs to the user: every row but their own.
    pub(crate) async fn children(&self) -> Vec<Row> {
        self.rows().await.into_iter().filter(|row| text(row, "sk") != "USER").collect()
    }

    /// The sort keys of all rows of the user.
    pub(crate) async fn sort_keys(&self) -> Vec<String> {
        self.rows().await.iter().map(|row| text(row, "sk").to_owned()).collect()
    }

    /// How many rows of a kind the user has, by what their sort keys begin with.
    pub(crate) async fn count(&self, prefix: &str) -> usize {
        self.sort_keys().await.iter().filter(|sk| sk.starts_with(prefix)).count()
    }
}
