//! `$connect` of the WebSocket API: accepts a socket whose client has a valid session token.
//!
//! It stores nothing. API Gateway cannot send to a connection before `$connect` has answered, so a change would be lost
//! in between. The first hello stores the connection.

use usher_runtime::{HandshakeBackend, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_handshakes(live_connect).await
}

async fn live_connect(backend: &HandshakeBackend, request: &Request) -> usher_runtime::Result {
    backend.authenticate(request).await?;
    Ok(Response::accept_handshake())
}
