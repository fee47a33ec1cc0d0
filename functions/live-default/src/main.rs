//! `$default` of the WebSocket API: a hello stores the connection or renews its lease.
//!
//! The response goes to the client, so this function needs no permission to send to connections.

use rand::RngExt as _;
use usher_contract::live::{CloseReason, ServerMessage};
use usher_runtime::{Backend, Request, Response, WebSocketRequest as _};
use usher_store::Error;

/// The time until the next hello, in milliseconds: 8 to 9 minutes, which is less than API Gateway's idle time-out of 10
/// minutes. Random, so that clients that connected together do not renew together.
const RENEW_IN_MS: std::ops::Range<u32> = 480_000..540_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_messages(live_default).await
}

async fn live_default(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate_hello(request).await?;
    let connection = request.connection_id()?;
    match backend.store.renew_connection(&caller.subject, connection, caller.session_id.as_deref()).await {
        Ok(()) => Ok(Response::message(&ServerMessage::Ready { renew_in_ms: rand::rng().random_range(RENEW_IN_MS) })),
        Err(Error::UserDeleted) => Ok(Response::closed(CloseReason::UserDeleted)),
        Err(Error::UserBanned) => Ok(Response::closed(CloseReason::UserBanned)),
        Err(Error::SessionEnded) => Ok(Response::closed(CloseReason::SessionEnded)),
        Err(Error::ForeignConnection) => Ok(Response::closed(CloseReason::OtherUser)),
        Err(error) => Err(error.into()),
    }
}
