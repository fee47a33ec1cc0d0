//! Writing a reply while it grows. Every write is under the fence, and under the condition that the writer has its
//! lease. So the writer learns with its next write that the reply was stopped, or that its thread or its user is gone.

use aws_sdk_dynamodb::types::{
    ReturnValuesOnConditionCheckFailure,
    builders::{ConditionCheckBuilder, UpdateBuilder},
};
use tokio::try_join;
use usher_contract::{ClerkUserId, MessageId, MessageStatus, ThreadId, Timestamp};

use crate::{
    children::{
        reply_pace::{PAUSE, ReplyPace},
        reply_place::{LEASE, ReplyPlace},
        thread::touch,
    },
    error::Error,
    table::{
        Store,
        attribute::{CONTENT, LEASED_BY, LEASED_UNTIL, REPLY_PLACE, REPLY_STATUS},
        item::{get_text, millis, text},
        row::Key,
        write::write_if,
    },
    users::liveness::{LIVENESS, is_present, present},
};

/// The right to write a reply. Clones are the same writer.
#[derive(Debug, Clone)]
pub struct ReplyWriter {
    pub(crate) user: ClerkUserId,
    pub(crate) thread: ThreadId,
    pub(crate) id: MessageId,
    pub(crate) place: ReplyPlace,
    pub(crate) pace: ReplyPace,
    /// The text that another writer has stored before.
    pub(crate) stored: String,
}

impl ReplyWriter {
    /// The time between two looks at a reply that does not grow.
    pub const PAUSE: std::time::Duration = PAUSE;

    /// Returns the id of the reply.
    pub fn id(&self) -> MessageId {
        self.id
    }

    /// Returns the text that was stored when the writer got its right. It is empty for a new reply.
    pub fn stored_text(&self) -> &str {
        &self.stored
    }

    /// Returns whether a reply of this number of bytes is to be stored now. See [`Store::write_reply`].
    pub fn is_due(&self, bytes: usize) -> bool {
        self.pace.is_due(bytes)
    }
}

impl Store {
    /// Stores a reply that is not finished, and renews the lease of its writer.
    ///
    /// # Errors
    /// [`Error::ReplyLost`]: the reply was stopped or has another writer. [`Error::NotFound`]: the thread is deleted.
    /// The user is deleted or banned. After each of these the writer must stop. Or DynamoDB is unavailable or refuses.
    pub async fn write_reply(&self, writer: &mut ReplyWriter, content: &str) -> Result<(), Error> {
        let now = Timestamp::now();
        let mut transaction = self.fenced_transaction(&writer.user)?;
        let thread = transaction.check(
            ConditionCheckBuilder::default()
                .set_key(Some(Key::thread(&writer.user, writer.thread).item()))
                .condition_expression(is_present())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None),
        )?;
        let message = writer.update(format!("SET {CONTENT} = :content, {LEASED_UNTIL} = :until"));
        transaction.update(
            message
                .expression_attribute_values(":content", text(content))
                .expression_attribute_values(":until", millis(now.saturating_add(LEASE))),
        )?;
        transaction.update(writer.place.renew(&writer.user, now))?;
        match transaction.commit().await? {
            Ok(()) => {
                writer.pace = ReplyPace::new(content.len());
                Ok(())
            }
            Err(mut cancellation) => Err(cancellation.failed(thread).map_or(Error::ReplyLost, |_| Error::NotFound)),
        }
    }

    /// Returns `Ok` if the writer may go on. Reads three small rows, at the same time. For a writer whose model is silent.
    ///
    /// # Errors
    /// As [`Store::write_reply`].
    pub async fn check_reply(&self, writer: &ReplyWriter) -> Result<(), Error> {
        let (thread, place) = (Key::thread(&writer.user, writer.thread), writer.place.key(&writer.user));
        let read =
            async { try_join!(self.get_attributes(&thread, &LIVENESS), self.get_attributes(&place, &[LEASED_BY])) };
        let (thread, place) = self.read_for(&writer.user, read).await?;
        present(thread)?;
        let holder = place.as_ref().and_then(|place| get_text(place, LEASED_BY));
        if holder == Some(&writer.place.writer) { Ok(()) } else { Err(Error::ReplyLost) }
    }

    /// Stores a reply with its last status, gives its place back, and makes its thread newer.
    ///
    /// # Errors
    /// As [`Store::write_reply`]. If the thread is deleted, the place is given back too.
    pub async fn end_reply(&self, writer: ReplyWriter, content: &str, status: MessageStatus) -> Result<(), Error> {
        let mut transaction = self.fenced_transaction(&writer.user)?;
        let thread = transaction.update(touch(&writer.user, writer.thread, Timestamp::now()))?;
        transaction.update(
            writer
                .update(format!(
                    "SET {CONTENT} = :content, {REPLY_STATUS} = :status REMOVE {LEASED_BY}, {LEASED_UNTIL}, {REPLY_PLACE}"
                ))
                .expression_attribute_values(":content", text(content))
                .expression_attribute_values(":status", text(status.as_str())),
        )?;
        transaction.delete(writer.place.give_back(&writer.user))?;
        let Err(mut cancellation) = transaction.commit().await? else {
            return Ok(());
        };
        if cancellation.failed(thread).is_none() {
            return Err(Error::ReplyLost);
        }
        self.give_reply_place_back(&writer).await?;
        Err(Error::NotFound)
    }

    /// Gives the place of a reply back whose row is gone, if the writer still has it. Otherwise the place would be taken
    /// until the lease ends.
    async fn give_reply_place_back(&self, writer: &ReplyWriter) -> Result<(), Error> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(writer.place.key(&writer.user).item()))
            .condition_expression(format!("{LEASED_BY} = :writer"))
            .expression_attribute_values(":writer", text(&writer.place.writer));
        write_if(|| request.clone().send()).await.map(drop)
    }
}

impl ReplyWriter {
    /// Returns an update of the message, under the condition that this is its writer.
    fn update(&self, expression: String) -> UpdateBuilder {
        UpdateBuilder::default()
            .set_key(Some(Key::message(&self.user, self.thread, self.id).item()))
            .update_expression(expression)
            .condition_expression(format!("{LEASED_BY} = :writer"))
            .expression_attribute_values(":writer", text(&self.place.writer))
    }
}
