//! A handle on a running stack.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use clerk_emulator::Clerk;
use local::{InvokeError, Options, Parameters, Stack};
use reqwest::{Client, Method};
use serde_json::Value;

use crate::{
    answer::Answer,
    api::Api,
    binaries::binaries,
    clock::{now_ms, now_seconds},
    logs::Logs,
    row::{Row, partition_key, text},
    svix::{Headers, new_message_id, signed},
    table::Table,
    token::Token,
    user::user_object,
};

/// The whole of Usher, running, seen from outside. Clients are the test's own, for they belong to its runtime; the stack
/// may be everybody's.
pub struct Usher {
    running: Arc<Running>,
    api: Api,
    http: Client,
    table: Table,
}

struct Running {
    stack: Stack,
    logs: Logs,
}

/// The last lines of a test's own stack, too, tell nothing of anyone.
impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.logs.lines();
        }
    }
}

/// What every stack of a test is started with: free ports, the built binaries, logs in memory.
pub fn options(logs: &Logs) -> Options {
    Options { binaries: binaries().to_owned(), logs: logs.sink(), ..Options::default() }
}

impl Usher {
    /// The stack all tests share that need no configuration of their own; each brings users of its own.
    pub async fn shared() -> Self {
        static SHARED: LazyLock<Arc<Running>> = LazyLock::new(|| {
            let logs = Logs::default();
            Arc::new(Running { stack: Stack::start(options(&logs)).unwrap(), logs })
        });
        Self::seen_from_here(Arc::clone(&SHARED)).await
    }

    /// A stack of the test's own, with variables of the environment set; `None` leaves one blank.
    pub async fn with_environment<const N: usize>(environment: [(&str, Option<&str>); N]) -> Self {
        let environment = environment.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        Self::with_options(|options| options.environment.extend(environment)).await
    }

    /// A stack of the test's own.
    pub async fn with_options(change: impl FnOnce(&mut Options)) -> Self {
        let logs = Logs::default();
        let mut options = options(&logs);
        change(&mut options);
        let stack = Stack::start_async(options).await.unwrap();
        Self::seen_from_here(Arc::new(Running { stack, logs })).await
    }

    async fn seen_from_here(running: Arc<Running>) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        let api = Api::new(running.stack.api_url(), running.logs.clone());
        let client = local::dynamodb::client(running.stack.dynamodb_url()).await;
        let table = Table { client, name: running.stack.table_name().to_owned() };
        Self { running, api, http, table }
    }

    /// The Clerk emulator.
    pub fn clerk(&self) -> &Clerk {
        self.running.stack.clerk()
    }

    /// Systems Manager's Parameter Store.
    pub fn parameters(&self) -> &Parameters {
        self.running.stack.parameters()
    }

    /// What the functions wrote.
    pub fn logs(&self) -> &Logs {
        &self.running.logs
    }

    /// The tour that `cargo dev` prints of such a stack.
    pub fn tour(&self) -> String {
        local::tour::tour(&self.running.stack, &BTreeMap::new())
    }

    /// Calls the API.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        self.api.call(method, path, headers, body).await
    }

    /// `GET` as the bearer of a token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.api.get(path, token).await
    }

    /// A body at the webhook, with these headers and no others.
    pub async fn webhook(&self, headers: &Headers, body: impl Into<Vec<u8>>) -> Answer {
        self.api.webhook(headers, body).await
    }

    /// A new message, signed now with this secret.
    pub async fn deliver_signed(&self, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.api.deliver_signed(secret, body).await
    }

    /// A new message, signed now by the emulator's endpoint.
    pub async fn deliver(&self, body: impl Into<Vec<u8>>) -> Answer {
        self.deliver_as(&new_message_id(), body).await
    }

    /// The same for a message that has its id already.
    pub async fn deliver_as(&self, message_id: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let headers = self.signed(message_id, &body);
        self.webhook(&headers, body).await
    }

    /// Headers of a delivery that is signed now.
    pub fn signed(&self, message_id: &str, body: &[u8]) -> Headers {
        signed(self.clerk().webhook_secret(), message_id, now_seconds() as i64, body)
    }

    /// An event of this instance; `timestamp` as the envelope shall carry it.
    pub fn event(&self, kind: &str, data: &str, timestamp: i64) -> String {
        format!(
            r#"{{"data":{data},"event_attributes":{{"http_request":{{"client_ip":"192.0.2.1","user_agent":"test"}}}},"instance_id":"{}","object":"event","timestamp":{timestamp},"type":"{kind}"}}"#,
            self.clerk().instance_id()
        )
    }

    /// Brings a user in by its webhook.
    pub async fn deliver_user_created(&self, user_id: &str) {
        let now = now_ms();
        self.deliver(self.event("user.created", &user_object(user_id, now), now)).await.assert_outcome("created");
    }

    /// Deletes a user by its webhook.
    pub async fn deliver_user_deleted(&self, user_id: &str) {
        let data = format!(r#"{{"deleted":true,"id":"{user_id}","object":"user"}}"#);
        self.deliver(self.event("user.deleted", &data, now_ms())).await.assert_outcome("deleted");
    }

    /// A good token, to be spoiled or minted.
    pub fn token(&self, user_id: &str) -> Token {
        let session_id = user_id.replace("user_", "sess_");
        Token::of_session(self.clerk().session_header(), self.clerk().session_claims(user_id, &session_id))
    }

    /// A good token.
    pub fn session_token(&self, user_id: &str) -> String {
        self.token(user_id).minted_by(self.clerk())
    }

    /// Calls the Backend API of the emulator, as the pages of Clerk describe it.
    pub async fn clerk_request(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.running.stack.clerk_url());
        let request = self.http.request(method, url).bearer_auth(self.clerk().secret_key()).json(body);
        let response = request.send().await.unwrap().error_for_status().unwrap();
        response.json().await.unwrap()
    }

    /// The row of a user, or the tombstone in its place.
    pub async fn row(&self, user_id: &str) -> Option<Row> {
        self.table.row(&partition_key(user_id), "USER").await
    }

    /// The stored user object.
    pub async fn stored_user(&self, user_id: &str) -> String {
        let row = self.row(user_id).await.unwrap_or_else(|| panic!("{user_id} has no row"));
        text(&row, "clerk_user").to_owned()
    }

    /// All rows of a user, in the order of their sort keys.
    pub async fn rows(&self, user_id: &str) -> Vec<Row> {
        self.table.partition(&partition_key(user_id)).await
    }

    /// All rows of the table, in no particular order.
    pub async fn scan(&self) -> Vec<Row> {
        self.table.all().await
    }

    /// Writes rows directly, because requests for that many would take too long.
    pub async fn seed(&self, rows: impl IntoIterator<Item = Row>) {
        self.table.seed(rows).await;
    }

    /// Deletes the row of a user, as if no webhook had ever arrived.
    pub async fn remove_user_row(&self, user_id: &str) {
        if let Some(row) = self.row(user_id).await {
            self.table.remove(&row).await;
        }
    }

    /// Invokes a function with an event, and waits for its answer.
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Value, InvokeError> {
        let answer = self.running.stack.invoke(function, event).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// Invokes a function as its schedule does, and waits for its answer.
    pub async fn run_schedule(&self, function: &str) {
        let event = r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;
        self.running.stack.invoke(function, Bytes::from_static(event.as_bytes())).await.unwrap();
    }

    /// The process ids of a function.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.running.stack.processes(function)
    }
}
