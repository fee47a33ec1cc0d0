//! A reply, from the request that begins it or that wants to see it.

use tokio::sync::mpsc::unbounded_channel;
use usher_contract::{ClerkUserId, MessageId, MessageStatus, ThreadId};
use usher_model::ModelSettings;
use usher_store::{BegunReply, Error, Store};

use crate::{events::Events, following::follow_reply, output::Output, writing::write_reply};

/// The ids of a reply.
#[derive(Debug, Clone)]
pub struct ReplyId {
    /// The user.
    pub user: ClerkUserId,
    /// The thread.
    pub thread: ThreadId,
    /// The message.
    pub id: MessageId,
}

/// Writes a reply that a request has begun, and returns its events. If an earlier request with the same key has begun
/// it, shows the reply, and goes on with it if it is interrupted.
pub fn begin(store: &Store, model: ModelSettings, reply: ReplyId, begun: BegunReply) -> Events {
    let (sender, events) = unbounded_channel();
    let (id, store) = (reply.id, store.clone());
    tokio::spawn(async move {
        let mut output = Output::new(sender, 0);
        let mut writer = begun.writer;
        loop {
            if let Some(writer) = writer {
                return write_reply(&store, &model, &reply, writer, &mut output).await;
            }
            match follow_reply(&store, &reply, &mut output).await {
                Ok(MessageStatus::Interrupted) => {}
                end => return output.end(shown(end)),
            }
            writer = match store.take_over_reply(&reply.user, reply.thread, reply.id).await {
                Ok(writer) => writer,
                Err(error) => {
                    tracing::info!(%error, "reply not taken over");
                    return output.end(MessageStatus::Interrupted);
                }
            };
        }
    });
    Events { events, id, user_message: Some(begun.user_message), offset: 0 }
}

/// Shows a reply from a character on until it has ended, and returns its events. Does not write it.
///
/// # Errors
/// There is no such thread or message. The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
pub async fn follow(store: &Store, reply: ReplyId, offset: usize) -> Result<Events, Error> {
    // Read once more by the task, but an error after the beginning of the response would have no status.
    store.get_message(&reply.user, reply.thread, reply.id).await?;
    let (sender, events) = unbounded_channel();
    let (id, store) = (reply.id, store.clone());
    tokio::spawn(async move {
        let mut output = Output::new(sender, offset);
        let end = follow_reply(&store, &reply, &mut output).await;
        output.end(shown(end));
    });
    Ok(Events { events, id, user_message: None, offset })
}

/// Returns the status to show. A reply that cannot be read any more is interrupted: its thread or its user is gone, or
/// DynamoDB fails.
fn shown(end: Result<MessageStatus, Error>) -> MessageStatus {
    end.unwrap_or_else(|error| {
        tracing::info!(%error, "reply not read");
        MessageStatus::Interrupted
    })
}
