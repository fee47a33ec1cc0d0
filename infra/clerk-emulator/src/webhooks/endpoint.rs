//! The webhook endpoint of an instance, and one signed request to it.

use std::time::Duration;

use axum::http::{StatusCode, header};
use bytes::Bytes;
use reqwest::Response;

use crate::{
    error::ClerkError,
    ids,
    webhooks::{
        message::{Attempt, Message},
        signer::Signer,
    },
};

/// The part of an answer's body that is kept, in bytes.
const ANSWER_BYTES: usize = 2000;

pub(crate) struct Endpoint {
    client: reqwest::Client,
    url: reqwest::Url,
    signer: Signer,
}

impl Endpoint {
    pub(crate) fn new(url: &str, secret: &str, timeout: Duration) -> Result<Self, ClerkError> {
        let url = reqwest::Url::parse(url).map_err(|_| ClerkError::WebhookUrl)?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(ClerkError::WebhookUrl);
        }
        let client = reqwest::Client::builder()
            // Svix treats a redirect as a failure.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .no_proxy()
            .build()
            .map_err(ClerkError::Client)?;
        Ok(Self { client, url, signer: Signer::new(secret)? })
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Posts a body, and returns the status of the response.
    pub(crate) async fn post(&self, message_id: &str, body: Bytes) -> Result<StatusCode, ClerkError> {
        let timestamp = ids::now_seconds();
        let signature = self.signer.sign(message_id, timestamp, &body)?;
        Ok(self.request(message_id, timestamp, &signature, body).await?.status())
    }

    /// Makes an attempt to deliver a message, with the signature of `signed`: its body, unless the signature is to be
    /// wrong. `svix_timestamp` is in seconds since the epoch, now unless an old attempt is repeated. A failed attempt
    /// is logged.
    pub(crate) async fn attempt(&self, message: &Message, signed: &[u8], svix_timestamp: i64) -> Attempt {
        let Message { id: message_id, kind: event, body } = message;
        let mut attempt = Attempt { at: ids::now_ms(), svix_timestamp, ..Attempt::default() };
        let response = match self.signer.sign(message_id, attempt.svix_timestamp, signed) {
            Ok(signature) => {
                attempt.svix_signature.clone_from(&signature);
                self.request(message_id, attempt.svix_timestamp, &signature, body.clone()).await
            }
            Err(error) => Err(error),
        };
        match response {
            Ok(response) => {
                let status = response.status();
                if !status.is_success() {
                    tracing::warn!(event, message_id, status = status.as_u16(), "webhook attempt refused");
                }
                attempt.status = Some(status.as_u16());
                attempt.answer = Some(read_beginning(response).await);
            }
            Err(error) => {
                tracing::warn!(event, message_id, %error, "webhook attempt failed");
                attempt.error = Some(error.to_string());
            }
        }
        attempt.duration_ms = ids::now_ms() - attempt.at;
        attempt
    }

    async fn request(
        &self,
        message_id: &str,
        timestamp: i64,
        signature: &str,
        body: Bytes,
    ) -> Result<Response, ClerkError> {
        let request = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "Svix-Webhooks/1.0")
            .header("svix-id", message_id)
            .header("svix-timestamp", timestamp)
            .header("svix-signature", signature)
            .body(body);
        request.send().await.map_err(ClerkError::Deliver)
    }
}

/// Reads the body of an answer as text, up to [`ANSWER_BYTES`].
async fn read_beginning(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(ANSWER_BYTES);
    String::from_utf8_lossy(&body).into_owned()
}
