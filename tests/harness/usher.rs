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

/// A running stack and clients for it. Many tests can share the stack. The clients belong to one test, because a client
/// is bound to the runtime of its test.
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

/// Checks the last log lines for secrets as well.
impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.logs.lines();
        }
    }
}

/// The options of every stack: free ports, the built binaries, logs in memory.
pub fn options(logs: &Logs) -> Options {
    Options { binaries: binaries().to_owned(), logs: logs.sink(), ..Options::default() }
}

impl Usher {
    /// The stack for all tests that need no configuration of their own. Each test uses users of its own.
    pub async fn shared() -> Self {
        static SHARED: LazyLock<Arc<Running>> = LazyLock::new(|| {
            let logs = Logs::default();
            Arc::new(Running { stack: Stack::start(options(&logs)).unwrap(), logs })
        });
        Self::connect(Arc::clone(&SHARED)).await
    }

    /// Starts a stack for one test with variables of the environment. `None` leaves a variable blank.
    pub async fn with_environment<const N: usize>(environment: [(&str, Option<&str>); N]) -> Self {
        let environment = environment.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        Self::with_options(|options| options.environment.extend(environment)).await
    }

    /// Starts a stack for one test.
    pub async fn with_options(change: impl FnOnce(&mut Options)) -> Self {
        let logs = Logs::default();
        let mut options = options(&logs);
        change(&mut options);
        let stack = Stack::start_async(options).await.unwrap();
        Self::connect(Arc::new(Running { stack, logs })).await
    }

    async fn connect(running: Arc<Running>) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        let api = Api::new(running.stack.api_url(), running.logs.clone());
        let client = local::dynamodb::client(running.stack.dynamodb_url()).await;
        let table = Table { client, name: running.stack.table_name().to_owned() };
        Self { running, api, http, table }
    }

    /// The URL of the API, without a trailing slash.
    pub fn api_url(&self) -> &str {
        self.running.stack.api_url()
    }

    /// The URL of the Clerk emulator, without a trailing slash.
    pub fn clerk_url(&self) -> &str {
        self.running.stack.clerk_url()
    }

    /// The URL of the WebSocket of live updates.
    pub fn live_url(&self) -> &str {
        self.running.stack.live_url().unwrap()
    }

    /// The running stack.
    pub fn stack(&self) -> &Stack {
        &self.running.stack
    }

    /// The Clerk emulator.
    pub fn clerk(&self) -> &Clerk {
        self.running.stack.clerk()
    }

    /// The emulator of Systems Manager's Parameter Store.
    pub fn parameters(&self) -> &Parameters {
        self.running.stack.parameters()
    }

    /// The logs of the functions.
    pub fn logs(&self) -> &Logs {
        &self.running.logs
    }

    /// The tour that `cargo dev` prints for such a stack.
    pub fn tour(&self) -> String {
        local::tour::tour(&self.running.stack, &BTreeMap::new())
    }

    /// Sends a request to the API.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        self.api.call(method, path, headers, body).await
    }

    /// Sends a request as a user, with a JSON body unless it is null.
    pub async fn call_as(&self, user_id: &str, method: Method, path: &str, body: Value) -> Answer {
        let authorization = ("authorization", format!("Bearer {}", self.session_token(user_id)));
        let json = ("content-type", "application/json".to_owned());
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.call(method, path, &[authorization, json], body).await
    }

    /// Sends a `GET` with a bearer token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.api.get(path, token).await
    }

    /// Sends a body to the webhook, with these headers and a `Content-Type`.
    pub async fn webhook(&self, headers: &Headers, body: impl Into<Vec<u8>>) -> Answer {
        self.api.webhook(headers, body).await
    }

    /// Delivers a new message, signed now with this secret.
    pub async fn deliver_signed(&self, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.api.deliver_signed(secret, body).await
    }

    /// Delivers a new message, signed now with the emulator's secret.
    pub async fn deliver(&self, body: impl Into<Vec<u8>>) -> Answer {
        self.deliver_as(&new_message_id(), body).await
    }

    /// Delivers a message with this id.
    pub async fn deliver_as(&self, message_id: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let headers = self.signed(message_id, &body);
        self.webhook(&headers, body).await
    }

    /// The headers of a delivery that is signed now.
    pub fn signed(&self, message_id: &str, body: &[u8]) -> Headers {
        signed(self.clerk().webhook_secret(), message_id, now_seconds() as i64, body)
    }

    /// An event of this instance. The envelope has `timestamp` unchanged.
    pub fn event(&self, kind: &str, data: &str, timestamp: i64) -> String {
        format!(
            r#"{{"data":{data},"event_attributes":{{"http_request":{{"client_ip":"192.0.2.1","user_agent":"test"}}}},"instance_id":"{}","object":"event","timestamp":{timestamp},"type":"{kind}"}}"#,
            self.clerk().instance_id()
        )
    }

    /// Creates a user by a `user.created` webhook.
    pub async fn deliver_user_created(&self, user_id: &str) {
        let now = now_ms();
        self.deliver(self.event("user.created", &user_object(user_id, now), now)).await.assert_outcome("created");
    }

    /// Deletes a user by a `user.deleted` webhook.
    pub async fn deliver_user_deleted(&self, user_id: &str) {
        let data = format!(r#"{{"deleted":true,"id":"{user_id}","object":"user"}}"#);
        self.deliver(self.event("user.deleted", &data, now_ms())).await.assert_outcome("deleted");
    }

    /// A valid session token that is not signed yet.
    pub fn token(&self, user_id: &str) -> Token {
        let session_id = user_id.replace("user_", "sess_");
        Token::of_session(self.clerk().session_header(), self.clerk().session_claims(user_id, &session_id))
    }

    /// A valid and signed session token.
    pub fn session_token(&self, user_id: &str) -> String {
        self.token(user_id).minted_by(self.clerk())
    }

    /// Calls the emulator's Backend API and expects a success. Returns the JSON.
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

    /// Removes a row.
    pub async fn remove(&self, row: &Row) {
        self.table.remove(row).await;
    }

    /// Replaces all rows of the table, as if a backup were restored.
    pub async fn restore(&self, backup: impl IntoIterator<Item = Row>) {
        for row in self.scan().await {
            self.table.remove(&row).await;
        }
        self.table.seed(backup).await;
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
