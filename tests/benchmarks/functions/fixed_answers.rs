//! The services that the functions call, with fixed answers: DynamoDB, Systems Manager, Clerk's keys and a model.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::Listener,
};
use clerk_emulator::Clerk;
use harness::{Row, attributes, message_row, thread_row, user_row};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use crate::certificates::Certificates;

/// The user who calls, and the user of the webhook.
pub(crate) const USER: &str = "user_1";
/// The thread of the user.
pub(crate) const THREAD: &str = "01900000-0000-7000-8000-000000000001";
/// The name of the parameter with the secret key.
pub const SECRET_KEY_PARAMETER: &str = "/cold-start/secret-key";
/// The name of the parameter with the secret of the webhook.
pub const WEBHOOK_SECRET_PARAMETER: &str = "/cold-start/webhook-secret";

/// The number of words of the model's answer.
const WORDS: usize = 10;

/// The running services.
pub struct FixedAnswers {
    /// The `https` URL of all services, without a trailing slash.
    pub url: String,
    /// The `http` URL of the same services.
    pub plain_url: String,
    /// The instance whose keys and secrets the services have.
    pub clerk: Clerk,
    pub(crate) certificates: Certificates,
}

struct Services {
    clerk: Clerk,
    user: Value,
    thread: Value,
    message: Value,
    /// The row of a reply's writer, which reads it again.
    writer: Mutex<Value>,
}

impl FixedAnswers {
    /// Starts the services on two free ports.
    pub async fn start() -> Self {
        let certificates = Certificates::generate();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        // The issuer is not that of a development instance.
        let secret_key = Some("sk_live_coldstart".to_owned());
        let options = clerk_emulator::Options { issuer: url.clone(), secret_key, ..clerk_emulator::Options::default() };
        let clerk = Clerk::new(options).unwrap();
        let services = Arc::new(Services {
            clerk: clerk.clone(),
            user: json_of(&user_row(USER, 1, 1)),
            thread: json_of(&thread_row(USER, THREAD)),
            message: json_of(&message_row(USER, THREAD, "Hello, how are you today?")),
            writer: Mutex::default(),
        });
        let router = Router::new()
            .route("/", post(aws))
            .route(
                "/.well-known/jwks.json",
                get(async |State(services): State<Arc<Services>>| Json(services.clerk.jwks())),
            )
            .route("/v1/chat/completions", post(chat))
            .with_state(services);
        let plain = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let plain_url = format!("http://{}", plain.local_addr().unwrap());
        let listener = TlsListener { listener, acceptor: certificates.acceptor.clone() };
        let of_plain = router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        tokio::spawn(async move { axum::serve(plain, of_plain).await });
        Self { url, plain_url, clerk, certificates }
    }
}

/// Writes a row as DynamoDB does.
fn json_of(row: &Row) -> Value {
    let value = |name: &str| match row[name].as_s() {
        Ok(text) => json!({ "S": text }),
        Err(_) => json!({ "N": row[name].as_n().unwrap() }),
    };
    attributes(row).into_iter().map(|name| (name.to_owned(), value(name))).collect()
}

/// Answers DynamoDB and Systems Manager.
async fn aws(State(services): State<Arc<Services>>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let sort_key = |key: &Value| key["sk"]["S"].as_str().unwrap_or_default().to_owned();
    let answer = match operation {
        "GetItem" => match sort_key(&request["Key"]).split('#').next() {
            Some("USER") => json!({ "Item": services.user }),
            Some("THREAD") => json!({ "Item": services.thread }),
            Some("REPLY") => json!({ "Item": *services.writer.lock().unwrap() }),
            _ => json!({}),
        },
        "Query" => {
            let is_of_messages =
                sort_key(&json!({ "sk": request["ExpressionAttributeValues"][":sk"] })).starts_with("MESSAGE#");
            let items = if is_of_messages { vec![&services.message] } else { Vec::new() };
            json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items })
        }
        "TransactWriteItems" => {
            let puts = request["TransactItems"].as_array().unwrap().iter().map(|action| &action["Put"]["Item"]);
            if let Some(writer) = puts.into_iter().find(|row| sort_key(row).starts_with("REPLY#")) {
                *services.writer.lock().unwrap() = writer.clone();
            }
            json!({})
        }
        "PutItem" => json!({}),
        "GetParameter" => {
            let value = match request["Name"].as_str() {
                Some(SECRET_KEY_PARAMETER) => services.clerk.secret_key(),
                Some(WEBHOOK_SECRET_PARAMETER) => services.clerk.webhook_secret(),
                name => panic!("no parameter is named {name:?}"),
            };
            json!({ "Parameter": { "Name": request["Name"], "Type": "SecureString", "Value": value } })
        }
        other => panic!("there is no answer for {other}"),
    };
    ([(CONTENT_TYPE, "application/x-amz-json-1.0")], answer.to_string()).into_response()
}

/// Answers a request to the model.
async fn chat() -> Response {
    let chunk = |delta: &str, reason: Value| {
        let choice = json!({ "index": 0, "delta": { "content": delta }, "finish_reason": reason });
        format!("data: {}\n\n", json!({ "object": "chat.completion.chunk", "choices": [choice] }))
    };
    let words: String = (0..WORDS).map(|number| chunk(&format!("word{number} "), Value::Null)).collect();
    let answer = words + &chunk("", json!("stop")) + "data: [DONE]\n\n";
    ([(CONTENT_TYPE, "text/event-stream")], answer).into_response()
}

/// Accepts connections with TLS.
struct TlsListener {
    listener: TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            stream.set_nodelay(true).unwrap();
            // If the handshake fails, the function reports it.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
