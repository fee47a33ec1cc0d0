//! Writing a reply: the model's pieces go to the client at once, and to the row at the pace of the store.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use usher_contract::{MessageStatus, limits::MAX_REPLY_BYTES};
use usher_model::{ModelError, ModelSettings, ModelStream};
use usher_store::{Error, PastMessage, ReplyWriter, Store};

use crate::{
    output::Output,
    prompt::{MAX_PAST_CHARS, conversation},
    reply::ReplyId,
    title::give_title,
};

/// The time between two looks whether the writer may go on. The model is left within a second after a stop.
const LOOK: Duration = Duration::from_millis(500);

/// Asks the model, writes its answer, and ends the reply. A failure ends the reply too, so nothing is returned.
pub(crate) async fn write_reply(
    store: &Store,
    model: &ModelSettings,
    reply: &ReplyId,
    writer: ReplyWriter,
    output: &mut Output,
) {
    let past = store.list_past_messages(&reply.user, reply.thread, reply.id, MAX_PAST_CHARS).await;
    let past = past.unwrap_or_else(|error| {
        tracing::warn!(%error, "past messages not read");
        Vec::new()
    });
    let mut writing = Writing { store, text: writer.stored_text().to_owned(), writer, looks: looks() };
    output.show(&writing.text);
    let end = match writing.write(model, &past, output).await {
        Ok(status) => {
            let stored = store.end_reply(writing.writer, &writing.text, status).await;
            stored.map(|()| status)
        }
        Err(error) => Err(error),
    };
    let status = match end {
        Ok(status) => status,
        Err(error) => status_after(store, reply, &error).await,
    };
    output.end(status);
    tracing::info!(status = status.as_str(), bytes = writing.text.len(), "reply ended");
    if status == MessageStatus::Complete {
        give_title(store, model, (&reply.user, reply.thread), &past, &writing.text).await;
    }
}

/// A reply under way.
struct Writing<'a> {
    store: &'a Store,
    writer: ReplyWriter,
    text: String,
    looks: Interval,
}

impl Writing<'_> {
    /// Writes until the model has finished or failed. Returns the status.
    ///
    /// # Errors
    /// The writer may not go on. The model's stream is dropped then.
    async fn write(
        &mut self,
        model: &ModelSettings,
        past: &[PastMessage],
        output: &mut Output,
    ) -> Result<MessageStatus, Error> {
        if past.is_empty() {
            return Ok(MessageStatus::Failed);
        }
        let messages = conversation(model.system_prompt.as_deref(), past, &self.text);
        let mut stream = match self.unless_lost(model.client.ask(&model.name, &messages)).await? {
            Ok(stream) => stream,
            Err(error) => return Ok(failed(&error)),
        };
        loop {
            match self.next(&mut stream).await? {
                Ok(Some(piece)) => self.text += &piece,
                Ok(None) => return Ok(MessageStatus::Complete),
                Err(error) => return Ok(failed(&error)),
            }
            if self.text.len() > MAX_REPLY_BYTES {
                self.text.truncate(self.text.floor_char_boundary(MAX_REPLY_BYTES));
                output.show(&self.text);
                return Ok(failed(&ModelError::Unreadable("is longer than a reply may be")));
            }
            output.show(&self.text);
        }
    }

    async fn next(&mut self, stream: &mut ModelStream) -> Result<Result<Option<String>, ModelError>, Error> {
        self.unless_lost(stream.next()).await
    }

    /// Waits for the model. Meanwhile stores the reply when it is time for that, and looks whether the writer may go on.
    async fn unless_lost<T>(&mut self, model: impl Future<Output = T>) -> Result<T, Error> {
        tokio::pin!(model);
        loop {
            tokio::select! {
                biased;
                _ = self.looks.tick() => self.look().await?,
                answer = &mut model => return Ok(answer),
            }
        }
    }

    async fn look(&mut self) -> Result<(), Error> {
        let look = if self.writer.is_due(self.text.len()) {
            self.store.write_reply(&mut self.writer, &self.text).await
        } else if self.writer.is_renewal_due() {
            self.store.renew_reply(&mut self.writer).await
        } else {
            self.store.check_reply(&self.writer).await
        };
        match look {
            // The next look may succeed. If none does, the lease ends, and then the writer may not go on.
            Err(error @ (Error::Contended(_) | Error::Throttled(_) | Error::Unavailable(_))) => {
                tracing::warn!(%error, "reply not stored");
                Ok(())
            }
            look => look,
        }
    }
}

fn looks() -> Interval {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

fn failed(error: &ModelError) -> MessageStatus {
    tracing::warn!(%error, "model failed");
    MessageStatus::Failed
}

/// Returns the status of a reply whose writer could not go on.
async fn status_after(store: &Store, reply: &ReplyId, error: &Error) -> MessageStatus {
    tracing::info!(%error, "reply lost");
    match store.get_message(&reply.user, reply.thread, reply.id).await {
        Ok(message) if message.status == MessageStatus::Stopped => MessageStatus::Stopped,
        _ => MessageStatus::Interrupted,
    }
}
