//! The receipt of a deletion, on its tombstone: when the owner was hidden, when the last row was erased, and how many
//! rows there were.
//!
//! Rows are counted before they are erased, page by page in the order of their keys, and the tombstone holds the last
//! sort key that is counted. So if a pass dies between the count and the erasing, the next pass does not count these
//! rows again. Each count is conditional on the count before, so neither a lost response nor another pass counts a page
//! twice.
//!
//! A count also takes the lease (see [`Lease`]) and removes `woken_at`. The filter of the stream asks for `woken_at`,
//! so of all updates here only a wake-up starts the purge.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use usher_contract::Timestamp;

use crate::{
    deletion::lease::Lease,
    error::Error,
    table::{
        Store,
        attribute::{
            COUNTED_TO, DELETED_AT, ERASED, EXPIRES_AT, LEASED_BY, LEASED_UNTIL, PURGE_PENDING, PURGED_AT, SK, WOKEN_AT,
        },
        item::{Item, get_count, get_millis, get_text, millis, number, seconds, text},
        row::Owner,
        write::{ConditionFailed, update_if, write_if},
    },
    users::liveness::TOMBSTONE_LIFETIME,
};

/// The time that the tombstone of a thread stays after the purge: a day. Nothing can bring a thread back, because ids
/// are never reused. The tombstone only answers a caller who repeats the deletion.
const THREAD_TOMBSTONE_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The receipt of a deletion that is not closed.
#[derive(Debug)]
pub(crate) struct Receipt {
    /// When the owner was hidden.
    pub(crate) since: Timestamp,
    /// The number of rows that are counted so far.
    pub(crate) erased: u64,
    /// The last sort key that is counted, if counted rows may still be present.
    counted_to: Option<String>,
    /// The pass that has the lease, and when the lease expires.
    leased: Option<(String, Timestamp)>,
}

impl Receipt {
    /// Reads the receipt from a tombstone. Returns `None` if there is none, or if the deletion is closed.
    fn of(row: Option<&Item>) -> Result<Option<Self>, Error> {
        let Some(row) = row.filter(|row| row.contains_key(PURGE_PENDING)) else {
            return Ok(None);
        };
        let leased = match get_text(row, LEASED_BY) {
            Some(holder) => Some((holder.to_owned(), get_millis(row, LEASED_UNTIL)?)),
            None => None,
        };
        Ok(Some(Self {
            since: get_millis(row, DELETED_AT)?,
            erased: get_count(row, ERASED)?,
            counted_to: get_text(row, COUNTED_TO).map(str::to_owned),
            leased,
        }))
    }

    /// Returns whether another pass has the lease.
    pub(crate) fn is_leased_to_another(&self, lease: &Lease) -> bool {
        self.leased.as_ref().is_some_and(|(holder, until)| *holder != lease.holder && lease.is_held_until(*until))
    }

    fn is_counted(&self, row: &Item) -> bool {
        self.counted_to.as_deref().is_some_and(|to| get_text(row, SK).is_some_and(|sk| sk <= to))
    }
}

impl Store {
    /// Returns the receipt of a deletion that is not closed. A stream record alone is not enough to erase rows, because
    /// the deletion may be closed by now.
    pub(crate) async fn get_receipt(&self, owner: &Owner) -> Result<Option<Receipt>, Error> {
        let names = [DELETED_AT, PURGE_PENDING, ERASED, COUNTED_TO, LEASED_BY, LEASED_UNTIL];
        Receipt::of(self.get_attributes(&owner.key(), &names).await?.as_ref())
    }

    /// Counts a page of rows, in the order of their keys, before they are erased. Takes or renews the lease. Returns
    /// the new receipt, and whether the rows are counted. If another pass was faster, the rows are not counted, the
    /// receipt is the one of that pass, and the page has to be read again. Returns `None` if the deletion is closed, or
    /// if the tombstone of a thread was erased with its account.
    pub(crate) async fn count(
        &self,
        owner: &Owner,
        receipt: Receipt,
        rows: &[Item],
        lease: &Lease,
    ) -> Result<Option<(Receipt, bool)>, Error> {
        let fresh = rows.iter().filter(|row| !receipt.is_counted(row)).count();
        let Some(last) = rows.last().and_then(|row| get_text(row, SK)).filter(|_| fresh > 0) else {
            return Ok(Some((receipt, true)));
        };
        let erased = receipt.erased.saturating_add(fresh as u64);
        let until = lease.until();
        let expression = format!(
            "SET {ERASED} = :erased, {COUNTED_TO} = :last, {LEASED_BY} = :me, {LEASED_UNTIL} = :until REMOVE {WOKEN_AT}"
        );
        let request = self
            .update_row(&owner.key(), expression)
            .expression_attribute_values(":before", number(receipt.erased))
            .expression_attribute_values(":erased", number(erased))
            .expression_attribute_values(":last", text(last))
            .expression_attribute_values(":until", millis(until));
        let request = lease
            .require(request, &format!("{} AND {ERASED} = :before", is_pending()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match write_if(|| request.clone().send()).await? {
            Ok(_) => {
                let leased = Some((lease.holder.clone(), until));
                Ok(Some((Receipt { erased, counted_to: Some(last.to_owned()), leased, ..receipt }, true)))
            }
            Err(ConditionFailed { row }) => Ok(Receipt::of(row.as_ref())?.map(|receipt| (receipt, false))),
        }
    }

    /// Marks the deletion as complete. From now on only the TTL (`expires_at`) removes the tombstone.
    pub(crate) async fn close(&self, owner: &Owner) -> Result<(), Error> {
        let now = Timestamp::now();
        let expires_at = now.saturating_add(tombstone_lifetime(owner));
        let expression = format!(
            "SET {PURGED_AT} = :now, {EXPIRES_AT} = :expires \
             REMOVE {PURGE_PENDING}, {WOKEN_AT}, {COUNTED_TO}, {LEASED_BY}, {LEASED_UNTIL}"
        );
        let request = self
            .update_row(&owner.key(), expression)
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":expires", seconds(expires_at));
        update_if(request.condition_expression(is_pending())).await
    }

    /// Notes that all counted rows are erased, so that a row that becomes visible later is counted whatever its sort
    /// key. Gives the lease back. Changes nothing if another pass has counted rows since the receipt was read, because
    /// those may still be present.
    pub(crate) async fn settle(&self, owner: &Owner, receipt: &Receipt, lease: &Lease) -> Result<(), Error> {
        if receipt.counted_to.is_none() {
            return Ok(());
        }
        let expression = format!("REMOVE {COUNTED_TO}, {LEASED_BY}, {LEASED_UNTIL}, {WOKEN_AT}");
        let request =
            self.update_row(&owner.key(), expression).expression_attribute_values(":before", number(receipt.erased));
        update_if(lease.require(request, &format!("{} AND {ERASED} = :before", is_pending()))).await
    }

    /// Gives the lease back before all rows are erased. If `wakes`, wakes the next pass.
    pub(crate) async fn release(&self, owner: &Owner, lease: &Lease, wakes: bool) -> Result<(), Error> {
        let expression = if wakes {
            format!("SET {WOKEN_AT} = :now REMOVE {LEASED_BY}, {LEASED_UNTIL}")
        } else {
            format!("REMOVE {LEASED_BY}, {LEASED_UNTIL}, {WOKEN_AT}")
        };
        update_if(lease.require(self.update_row(&owner.key(), expression), &is_pending())).await
    }

    /// Wakes the purge: writes `woken_at`, whose record in the table's stream starts a pass. Does nothing while an
    /// earlier wake-up waits for its pass, so that repeated deletions cannot fill the stream.
    pub(crate) async fn wake_purge(&self, owner: &Owner) -> Result<(), Error> {
        let request = self
            .update_row(&owner.key(), format!("SET {WOKEN_AT} = :now"))
            .condition_expression(format!("{} AND attribute_not_exists({WOKEN_AT})", is_pending()))
            .expression_attribute_values(":now", millis(Timestamp::now()));
        update_if(request).await
    }
}

/// Returns the condition that a deletion is not closed.
fn is_pending() -> String {
    format!("attribute_exists({PURGE_PENDING})")
}

/// Returns how long the tombstone of an owner stays after the purge.
const fn tombstone_lifetime(owner: &Owner) -> Duration {
    match owner {
        Owner::User(_) => TOMBSTONE_LIFETIME,
        Owner::Thread(..) => THREAD_TOMBSTONE_LIFETIME,
    }
}
