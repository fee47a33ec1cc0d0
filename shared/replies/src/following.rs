//! Showing a reply that another request writes.

use std::time::Duration;

use usher_contract::MessageStatus;
use usher_store::{Error, Store};

use crate::{output::Output, reply::ReplyId};

/// The time between two reads. The writer stores the reply at most once a second.
const PAUSE: Duration = Duration::from_secs(1);

/// Shows a reply until it has ended, or the client has left. Returns the status.
pub(crate) async fn follow_reply(store: &Store, reply: &ReplyId, output: &mut Output) -> Result<MessageStatus, Error> {
    loop {
        let message = store.get_message(&reply.user, reply.thread, reply.id).await?;
        output.show(&message.content);
        if message.status != MessageStatus::Streaming || output.is_closed() {
            return Ok(message.status);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
