//! The client of an endpoint.

use std::time::Duration;

use http::{Request, StatusCode, header};
use tokio::time::{Instant, timeout_at};
use usher_http::{HttpClient, Response};

use crate::{
    access::{ModelKey, ModelUrl},
    error::{ModelError, retry_after},
    events::Events,
    request::{ChatMessage, ChatRequest},
    stream::ModelStream,
};

/// The type of a response that is a stream of events.
const EVENT_STREAM: &str = "text/event-stream";

/// The endpoint of a model.
#[derive(Debug, Clone)]
pub struct ModelClient {
    client: HttpClient,
    url: ModelUrl,
    /// `None` if the endpoint needs no key, like Ollama.
    key: Option<ModelKey>,
    timeout: Duration,
}

impl ModelClient {
    /// Creates a client. Opens no connection. `timeout` is the time for one answer, from the request to the last piece.
    pub fn new(client: HttpClient, url: ModelUrl, key: Option<ModelKey>, timeout: Duration) -> Self {
        Self { client, url, key, timeout }
    }

    /// Asks a model for the next message of a conversation. Sends the request once, because a repeated one may be billed
    /// twice.
    ///
    /// # Errors
    /// The endpoint refuses, is unavailable, or does not return a stream, or the time is used up.
    pub async fn ask(&self, model: &str, messages: &[ChatMessage]) -> Result<ModelStream, ModelError> {
        let deadline = Instant::now() + self.timeout;
        let response = timeout_at(deadline, self.send(model, messages)).await;
        let response = response.map_err(|_| ModelError::TimedOut(self.timeout))??;
        Ok(ModelStream { events: Events::new(response), deadline, timeout: self.timeout, is_finished: false })
    }

    async fn send(&self, model: &str, messages: &[ChatMessage]) -> Result<Response, ModelError> {
        let request = Request::post(self.url.chat_completions())
            .header(header::ACCEPT, EVENT_STREAM)
            .header(header::CONTENT_TYPE, "application/json");
        let request = match &self.key {
            Some(key) => request.header(header::AUTHORIZATION, key.bearer()),
            None => request,
        };
        let body = serde_json::to_vec(&ChatRequest { model, messages, stream: true });
        let body = body.map_err(|error| ModelError::Unavailable(error.to_string()))?;
        let response = self.client.send(request, body).await;
        let response = response.map_err(|error| ModelError::Unavailable(error.to_string()))?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(ModelError::RateLimited { retry_after: retry_after(response.headers()) });
        }
        if status.is_server_error() {
            return Err(ModelError::Unavailable(format!("status {}", status.as_u16())));
        }
        if !status.is_success() {
            return Err(ModelError::Refused { status: status.as_u16() });
        }
        let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|content_type| content_type.starts_with(EVENT_STREAM)) {
            return Err(ModelError::Unreadable("is not a stream of events"));
        }
        Ok(response)
    }
}
