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
        item::{Item, get_millis, get_text, millis, seconds, text},
        row::Key,
        row_kind::RowKind,
        write::write_if,
    },
};

/// The time that a reply is being written after its writer has renewed the lease. If the writer dies, the reply is
/// interrupted after that time.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// A place that a writer has, or wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplyPlace {
    pub(crate) number: u8,
    /// The id of the writer.
    pub(crate) writer: String,
}

/// A place that a writer has taken, also if its lease has ended since.
#[derive(Debug, Clone)]
pub(crate) struct TakenPlace {
    pub(crate) place: ReplyPlace,
    pub(crate) until: Timestamp,
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
        UpdateBuilder::default()
            .set_key(Some(self.key(user).item()))
            .update_expression(renewal())
            .condition_expression(is_held())
            .set_expression_attribute_values(Some(self.renewal_values(now)))
    }

    /// Returns the values of [`renewal`] and [`is_held`].
    fn renewal_values(&self, now: Timestamp) -> Item {
        let until = now.saturating_add(LEASE);
        Item::from([
            (":writer".into(), text(&self.writer)),
            (":until".into(), millis(until)),
            (":expires".into(), seconds(until)),
        ])
    }

    /// Returns the write that gives the place back, under the condition that the writer has it.
    pub(crate) fn give_back(&self, user: &ClerkUserId) -> DeleteBuilder {
        DeleteBuilder::default()
            .set_key(Some(self.key(user).item()))
            .condition_expression(is_held())
            .expression_attribute_values(":writer", text(&self.writer))
    }
}

impl TakenPlace {
    /// Reads the row of a place.
    fn read(row: &Item) -> Result<Self, Error> {
        let number = get_text(row, SK).and_then(|sk| sk.strip_prefix(RowKind::Reply.sort_key_prefix())?.parse().ok());
        let number = number.ok_or(Error::Unreadable(SK))?;
        let writer = get_text(row, LEASED_BY).ok_or(Error::Unreadable(LEASED_BY))?.to_owned();
        Ok(Self { place: ReplyPlace { number, writer }, until: get_millis(row, LEASED_UNTIL)? })
    }
}

/// Returns the update that renews a lease.
fn renewal() -> String {
    format!("SET {LEASED_UNTIL} = :until, {EXPIRES_AT} = :expires")
}

/// Returns the condition that a writer has a place.
fn is_held() -> String {
    format!("{LEASED_BY} = :writer")
}

/// Returns the numbers of the places that are free.
pub(crate) fn free_places(taken: &[TakenPlace], now: Timestamp) -> Vec<u8> {
    let is_taken = |number| taken.iter().any(|taken| taken.place.number == number && taken.until > now);
    (0..MAX_REPLIES).filter(|number| !is_taken(*number)).collect()
}

impl Store {
    /// Returns the places that were taken and are not given back, in a query.
    pub(crate) async fn taken_reply_places(&self, user: &ClerkUserId) -> Result<Vec<TakenPlace>, Error> {
        let rows = self.rows_of_kind(user, RowKind::Reply).await?;
        rows.iter().map(TakenPlace::read).collect()
    }

    /// Returns one of the places. Returns `None` if it is not taken.
    pub(crate) async fn taken_reply_place(&self, user: &ClerkUserId, number: u8) -> Result<Option<TakenPlace>, Error> {
        self.get(&Key::reply(user, number)).await?.as_ref().map(TakenPlace::read).transpose()
    }

    /// Renews the lease of a place alone. Returns whether the writer still has it.
    pub(crate) async fn renew_reply_place(&self, user: &ClerkUserId, place: &ReplyPlace) -> Result<bool, Error> {
        let request = self
            .update_row(&place.key(user), renewal())
            .condition_expression(is_held())
            .set_expression_attribute_values(Some(place.renewal_values(Timestamp::now())));
        Ok(write_if(|| request.clone().send()).await?.is_ok())
    }

    /// Gives a place back if the writer still has it. For a reply that has ended without it, so that the place is not
    /// taken until the lease ends.
    pub(crate) async fn give_reply_place_back(&self, user: &ClerkUserId, place: &ReplyPlace) -> Result<(), Error> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(place.key(user).item()))
            .condition_expression(is_held())
            .expression_attribute_values(":writer", text(&place.writer));
        write_if(|| request.clone().send()).await.map(drop)
    }
}
