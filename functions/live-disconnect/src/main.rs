//! `$disconnect` of the WebSocket API: removes the connection of a socket that has ended.
//!
//! API Gateway does not guarantee this event. Without it, the connection goes when the next change cannot be sent, or
//! when its lease ends.

use usher_runtime::{Request, Response, WebSocketRequest as _};
use usher_store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_disconnects(live_disconnect).await
}

async fn live_disconnect(store: &Store, request: &Request) -> usher_runtime::Result {
    let connection = request.connection_id()?;
    for user in store.users_of_connection(connection).await? {
        store.remove_connection(&user, connection).await?;
    }
    Ok(Response::no_content())
}
