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
        reply_pace::ReplyPace,
        reply_place::{LEASE, ReplyPlace},
        thread::touch,
    },
    error::Error,
    table::{
        Store,
        attribute::{CONTENT, LEASED_BY, LEASED_UNTIL, REPLY_PLACE, REPLY_STATUS},
        item::{get_text, millis, text},
        row::Key,
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

    /// Returns whether the lease is to be renewed now. See [`Store::renew_reply`].
    pub fn is_renewal_due(&self) -> bool {
        self.pace.is_renewal_due()
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
        let place = writer.place.key(&writer.user);
        let holds = async {
            let place = self.get_attributes(&place, &[LEASED_BY]).await?;
            Ok(place.as_ref().and_then(|place| get_text(place, LEASED_BY)) == Some(&writer.place.writer))
        };
        self.check_reply_if(writer, holds).await
    }

    /// Does the same as [`Store::check_reply`], and renews the lease of the writer in a small row. So a reply that does
    /// not grow is not written again. Needs no fence: the row is only changed if it is there, and it goes with the user
    /// and with the end of the reply.
    ///
    /// # Errors
    /// As [`Store::write_reply`].
    pub async fn renew_reply(&self, writer: &mut ReplyWriter) -> Result<(), Error> {
        self.check_reply_if(writer, self.renew_reply_place(&writer.user, &writer.place)).await?;
        writer.pace.renew();
        Ok(())
    }

    /// Returns `Ok` if the thread and the user of a reply are there, and its writer has its place.
    async fn check_reply_if(
        &self,
        writer: &ReplyWriter,
        holds_place: impl Future<Output = Result<bool, Error>>,
    ) -> Result<(), Error> {
        let thread = Key::thread(&writer.user, writer.thread);
        let read = async { try_join!(self.get_attributes(&thread, &LIVENESS), holds_place) };
        let (thread, holds_place) = self.read_for(&writer.user, read).await?;
        present(thread)?;
        if holds_place { Ok(()) } else { Err(Error::ReplyLost) }
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
        self.give_reply_place_back(&writer.user, &writer.place).await?;
        Err(Error::NotFound)
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
