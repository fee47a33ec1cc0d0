//! The functions of the WebSocket API: what they start from, and how they are run.

use lambda_http::Request;
use usher_auth::SessionVerifier;
use usher_contract::Identity;
use usher_store::Store;

use crate::{
    backend::{Backend, verify_token},
    config::{self, InitError},
    http::{
        problem::Problem,
        protocol::{HANDSHAKE, MESSAGES},
        websocket::WebSocketRequest as _,
    },
    serve::{NO_PARAMETERS, Result, handle_synced, run},
};

/// The state of the function of `$connect`. It has no store, because a handshake reads and writes nothing.
pub struct HandshakeBackend {
    verifier: SessionVerifier,
}

impl HandshakeBackend {
    /// Reads the configuration and fetches the keys.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub async fn init() -> Result<Self, InitError> {
        Ok(Self { verifier: config::session_verifier(config::instance_keys().await?)? })
    }

    /// Verifies the token among the subprotocols of a handshake and returns the caller. Does not check whether the user
    /// still exists: the first hello does that.
    ///
    /// # Errors
    /// 400: the client does not offer the subprotocol `usher.v1`. 401: there is no token, or it is invalid. 503: the
    /// keys could not be fetched.
    pub async fn authenticate(&self, request: &Request) -> Result<Identity, Problem> {
        Ok(verify_token(&self.verifier, request, request.subprotocol_token()?).await?.identity)
    }
}

impl Backend {
    /// Verifies the token of a hello and returns the caller.
    ///
    /// # Errors
    /// 400, 413, 422: the message is not a hello. 401: the token is invalid. 503: the keys could not be fetched.
    pub async fn authenticate_hello(&self, request: &Request) -> Result<Identity, Problem> {
        let hello = request.hello()?;
        self.verify_token(request, &hello.token).await
    }
}

/// Runs the function of `$connect`. A problem refuses the handshake with its status.
///
/// # Errors
/// Init failed, or Lambda's Runtime API cannot be reached.
pub async fn serve_handshakes(
    handler: impl AsyncFn(&HandshakeBackend, &Request) -> Result,
) -> Result<(), lambda_runtime::Error> {
    run(HANDSHAKE, HandshakeBackend::init(), NO_PARAMETERS, handler).await
}

/// Runs the function of `$default`. The response is the server's message to the client, and a problem is one too. If
/// the caller is not stored yet, fetches the user from Clerk and handles the message again.
///
/// # Errors
/// As [`serve_handshakes`].
pub async fn serve_messages(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), lambda_runtime::Error> {
    run(MESSAGES, Backend::init(), NO_PARAMETERS, async |backend: &Backend, request: &Request| {
        handle_synced(backend, request, Backend::authenticate_hello, &handler).await
    })
    .await
}

/// Runs the function of `$disconnect`. Nobody gets its response.
///
/// # Errors
/// As [`serve_handshakes`].
pub async fn serve_disconnects(handler: impl AsyncFn(&Store, &Request) -> Result) -> Result<(), lambda_runtime::Error> {
    run(HANDSHAKE, async { config::open_store() }, NO_PARAMETERS, handler).await
}
