//! The places for the replies that are written for a user. A reply has one of them, with the lease of its writer, so
//! their number limits the replies.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder, UpdateBuilder};
use usher_contract::{ClerkUserId, Timestamp, limits::MAX_REPLIES};
use uuid::Uuid;

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{EXPIRES_AT, LEASED_BY, LEASED_UNTIL, PK, SK},
        item::{get_millis, get_text, millis, seconds, text},
        row::Key,
        row_kind::RowKind,
    },
};

/// The time that a reply is being written after its last write. If its writer dies, it is interrupted after that time.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// A place that a writer has, or wants.
#[derive(Debug, Clone)]
pub(crate) struct ReplyPlace {
    pub(crate) number: u8,
    /// The id of the writer.
    pub(crate) writer: String,
}

impl ReplyPlace {
    /// Wants a place for a new writer.
    pub(crate) fn new(number: u8) -> Self {
        Self { number, writer: Uuid::now_v7().to_string() }
    }

    pub(crate) fn key(&self, user: &ClerkUserId) -> Key {
        Key::reply(user, self.number)
    }

    /// Returns the write that takes the place, under the condition that it is free.
    pub(crate) fn take(&self, user: &ClerkUserId, now: Timestamp) -> PutBuilder {
        let mut row = self.key(user).item();
        let until = now.saturating_add(LEASE);
        row.extend([
            (LEASED_BY.into(), text(&self.writer)),
            (LEASED_UNTIL.into(), millis(until)),
            (EXPIRES_AT.into(), seconds(until)),
        ]);
        PutBuilder::default()
            .set_item(Some(row))
            .condition_expression(format!("attribute_not_exists({PK}) OR {LEASED_UNTIL} <= :now"))
            .expression_attribute_values(":now", millis(now))
    }

    /// Returns the write that renews the lease, under the condition that the writer has it.
    pub(crate) fn renew(&self, user: &ClerkUserId, now: Timestamp) -> UpdateBuilder {
        let until = now.saturating_add(LEASE);
        UpdateBuilder::default()
            .set_key(Some(self.key(user).item()))
            .update_expression(format!("SET {LEASED_UNTIL} = :until, {EXPIRES_AT} = :expires"))
            .condition_expression(format!("{LEASED_BY} = :writer"))
            .expression_attribute_values(":writer", text(&self.writer))
            .expression_attribute_values(":until", millis(until))
            .expression_attribute_values(":expires", seconds(until))
    }

    /// Returns the write that gives the place back, under the condition that the writer has it.
    pub(crate) fn give_back(&self, user: &ClerkUserId) -> DeleteBuilder {
        DeleteBuilder::default()
            .set_key(Some(self.key(user).item()))
            .condition_expression(format!("{LEASED_BY} = :writer"))
            .expression_attribute_values(":writer", text(&self.writer))
    }
}

impl Store {
    /// Returns the numbers of the places that are free, in a query.
    pub(crate) async fn free_reply_places(&self, user: &ClerkUserId) -> Result<Vec<u8>, Error> {
        let now = Timestamp::now();
        let rows = self.rows_of_kind(user, RowKind::Reply).await?;
        let mut taken = Vec::new();
        for row in &rows {
            if get_millis(row, LEASED_UNTIL)? > now {
                taken.push(get_text(row, SK).ok_or(Error::Unreadable(SK))?.to_owned());
            }
        }
        Ok((0..MAX_REPLIES).filter(|number| !taken.contains(&Key::reply(user, *number).sk)).collect())
    }
}
