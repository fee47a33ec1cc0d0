//! API Gateway's management API: messages to connections, and their end.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::Blob,
};
use usher_aws::{Attempts, sdk_config};
use usher_contract::live::ServerMessage;
use usher_runtime::http_client;
use usher_store::ConnectionId;

const ATTEMPTS: Attempts =
    Attempts { number: 4, timeout: Duration::from_secs(3), first_backoff: Duration::from_millis(100) };

/// The code of the error for a connection that has ended.
const GONE: &str = "GoneException";

/// The management API of the WebSocket API.
pub(crate) struct Gateway {
    client: Client,
}

/// Whether a connection is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The connection has the message, or has been told to end.
    Open,
    /// The connection has ended before.
    Gone,
}

/// The management API throttled, failed or refused, after all attempts. Holds no message.
#[derive(Debug, thiserror::Error)]
#[error("API Gateway's management API: {0}")]
pub(crate) struct GatewayError(String);

impl Gateway {
    /// Makes the client. Credentials and region come from the environment. A request has 4 attempts of at most 3 s
    /// each, because API Gateway throttles messages to many connections (HTTP 429).
    pub(crate) fn connect(endpoint: String) -> Self {
        let config = sdk_config("APIGATEWAYMANAGEMENTAPI", http_client(), ATTEMPTS);
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&config).endpoint_url(endpoint);
        Self { client: Client::from_conf(config.build()) }
    }

    /// Sends a message to a connection.
    pub(crate) async fn send(&self, id: &ConnectionId, message: &ServerMessage) -> Result<Peer, GatewayError> {
        let data = Blob::new(message.to_json());
        let answer = self.client.post_to_connection().connection_id(id.as_str()).data(data).send().await;
        peer(answer)
    }

    /// Ends a connection.
    pub(crate) async fn end(&self, id: &ConnectionId) -> Result<Peer, GatewayError> {
        peer(self.client.delete_connection().connection_id(id.as_str()).send().await)
    }
}

fn peer<T, E: ProvideErrorMetadata + std::error::Error + 'static>(
    answer: Result<T, SdkError<E>>,
) -> Result<Peer, GatewayError> {
    match answer {
        Ok(_) => Ok(Peer::Open),
        Err(error) if error.code() == Some(GONE) => Ok(Peer::Gone),
        Err(error) => Err(GatewayError(DisplayErrorContext(&error).to_string())),
    }
}
