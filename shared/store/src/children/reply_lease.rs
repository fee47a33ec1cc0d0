//! How a reader learns whether a reply is being written.
//!
//! The row of a reply has a lease that each write of the row renews. Between two writes, its writer renews only the lease
//! of its place. So a reader who finds that the lease in the row has ended looks at the place.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::try_join_all;
use usher_contract::{ClerkUserId, MessageStatus, Timestamp};

use crate::{
    children::reply_place::{ReplyPlace, TakenPlace},
    error::Error,
    table::{
        Store,
        attribute::{LEASED_BY, LEASED_UNTIL, PK, REPLY_PLACE, REPLY_STATUS, SK},
        item::{Item, get_count, get_millis, get_text, millis},
        row::Key,
    },
};

/// The maximum time that a writer lives: Lambda's maximum time-out. A row whose lease has ended that long ago has no
/// writer, so its place need not be read.
const MAX_WRITING: Duration = Duration::from_secs(15 * 60);

impl Store {
    /// Puts the lease of its place into each row of a message that needs it. Usually sends no request. Reads the places,
    /// at the same time, if the leases of replies under way have ended in their rows. Then reads those rows again whose
    /// writers have no place any more, because a writer gives its place back when it ends the reply.
    pub(crate) async fn refresh_leases(&self, user: &ClerkUserId, rows: &mut [Item]) -> Result<(), Error> {
        let now = Timestamp::now();
        let mut in_doubt = Vec::new();
        for row in rows {
            if is_in_doubt(row, now)? {
                in_doubt.push((place_of(row)?, row));
            }
        }
        let numbers: BTreeSet<_> = in_doubt.iter().map(|(place, _)| place.number).collect();
        let places = try_join_all(numbers.into_iter().map(|number| self.taken_reply_place(user, number))).await?;
        let mut left = Vec::new();
        for (place, row) in in_doubt {
            match places.iter().flatten().find(|taken| taken.place == place) {
                Some(taken) => renew(row, taken)?,
                None => left.push(self.read_again(row)),
            }
        }
        try_join_all(left).await.map(drop)
    }

    async fn read_again(&self, row: &mut Item) -> Result<(), Error> {
        let text = |name| get_text(row, name).map(str::to_owned).ok_or(Error::Unreadable(name));
        if let Some(found) = self.get(&Key { pk: text(PK)?, sk: text(SK)? }).await? {
            *row = found;
        }
        Ok(())
    }
}

/// Puts the lease of its place into the row of a reply.
pub(crate) fn renew(row: &mut Item, taken: &TakenPlace) -> Result<(), Error> {
    let until = get_millis(row, LEASED_UNTIL)?.max(taken.until);
    row.insert(LEASED_UNTIL.into(), millis(until));
    Ok(())
}

/// Returns the place of a reply that is being written or interrupted.
pub(crate) fn place_of(row: &Item) -> Result<ReplyPlace, Error> {
    let number = u8::try_from(get_count(row, REPLY_PLACE)?).map_err(|_| Error::Unreadable(REPLY_PLACE))?;
    let writer = get_text(row, LEASED_BY).ok_or(Error::Unreadable(LEASED_BY))?.to_owned();
    Ok(ReplyPlace { number, writer })
}

/// Returns whether a row is a reply that has not ended. Its writer may be dead.
pub(crate) fn has_writer(row: &Item) -> bool {
    get_text(row, REPLY_STATUS) == Some(MessageStatus::Streaming.as_str())
}

/// Returns whether only the place knows if a reply is being written.
fn is_in_doubt(row: &Item, now: Timestamp) -> Result<bool, Error> {
    if !has_writer(row) {
        return Ok(false);
    }
    let until = get_millis(row, LEASED_UNTIL)?;
    Ok(until <= now && now < until.saturating_add(MAX_WRITING))
}
