//! The receipt that a deletion leaves on its tombstone: when it was hidden, when the last row was gone, how many there were.
//!
//! Rows are counted before they are erased, page by page in the order of their keys, and the tombstone remembers how far:
//! what a pass counted and did not live to erase is not counted again by the next. Each count is conditional on the one
//! before, so that neither a lost answer nor another pass counts a page twice.
//!
//! The count also takes the lease: see [`Lease`]. And it removes `woken_at`, the one attribute that the filter of the
//! stream asks for: no update here but a wake-up starts the purge.

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::ReturnValuesOnConditionCheckFailure,
};
use usher_clerk::Timestamp;

use crate::{
    deletion::{
        lease::{IS_FREE, Lease},
        tombstone_lifetime,
    },
    error::Error,
    table::{
        Store,
        item::{Item, get_millis, get_number, get_text, millis, number, seconds, text},
        retry::{update_if, while_contended},
        row::Owner,
    },
};

/// A deletion that is not closed.
const IS_PENDING: &str = "attribute_exists(purge_pending)";

/// The receipt of a deletion that is not closed.
#[derive(Debug)]
pub(crate) struct Receipt {
    /// When it was hidden.
    pub(crate) since: Timestamp,
    erased: i64,
    /// The sort key up to which rows are counted, while some of them may still be there.
    counted_to: Option<String>,
    /// The pass that has the lease, and when the lease expires.
    leased: Option<(String, Timestamp)>,
}

impl Receipt {
    fn of(row: Option<&Item>) -> Result<Option<Self>, Error> {
        let Some(row) = row.filter(|row| row.contains_key("purge_pending")) else {
            return Ok(None);
        };
        let leased = match get_text(row, "leased_by") {
            Some(holder) => Some((holder.to_owned(), get_millis(row, "leased_until")?)),
            None => None,
        };
        Ok(Some(Self {
            since: get_millis(row, "deleted_at")?,
            erased: get_number(row, "erased")?,
            counted_to: get_text(row, "counted_to").map(str::to_owned),
            leased,
        }))
    }

    /// Rows that are counted by now.
    pub(crate) fn erased(&self) -> u64 {
        u64::try_from(self.erased).unwrap_or_default()
    }

    /// Returns whether another pass has the lease.
    pub(crate) fn is_leased_to_another(&self, lease: &Lease) -> bool {
        self.leased.as_ref().is_some_and(|(holder, until)| *holder != lease.holder && lease.is_held_until(*until))
    }

    fn is_counted(&self, row: &Item) -> bool {
        self.counted_to.as_deref().is_some_and(|to| get_text(row, "sk").is_some_and(|sk| sk <= to))
    }
}

impl Store {
    /// The receipt of the owner's deletion, if it is not closed. Nothing is erased on the word of a stream record.
    pub(crate) async fn receipt(&self, owner: &Owner) -> Result<Option<Receipt>, Error> {
        let attributes = "deleted_at, purge_pending, erased, counted_to, leased_by, leased_until";
        Receipt::of(self.get(&owner.key(), Some(attributes)).await?.as_ref())
    }

    /// Counts a page of rows, in the order of their keys, before they are erased, and takes or renews the lease. Returns
    /// whether they are counted now. If another pass was faster, the receipt is what that one made of it, and the page has
    /// to be read again. Returns `None` if the deletion is closed, or the tombstone of a thread went with its account.
    pub(crate) async fn count(
        &self,
        owner: &Owner,
        receipt: Receipt,
        rows: &[Item],
        lease: &Lease,
    ) -> Result<Option<(Receipt, bool)>, Error> {
        let fresh = rows.iter().filter(|row| !receipt.is_counted(row)).count();
        let Some(last) = rows.last().and_then(|row| get_text(row, "sk")).filter(|_| fresh > 0) else {
            return Ok(Some((receipt, true)));
        };
        let erased = receipt.erased + i64::try_from(fresh).unwrap_or(i64::MAX);
        let until = lease.until();
        let expression =
            "SET erased = :erased, counted_to = :last, leased_by = :me, leased_until = :until REMOVE woken_at";
        let request = self
            .update_tombstone(owner, expression)
            .condition_expression(format!("{IS_PENDING} AND erased = :before AND {IS_FREE}"))
            .expression_attribute_values(":before", number(receipt.erased))
            .expression_attribute_values(":erased", number(erased))
            .expression_attribute_values(":last", text(last))
            .expression_attribute_values(":until", millis(until));
        let request =
            lease.values(request).return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match while_contended(|| request.clone().send()).await {
            Ok(_) => {
                let leased = Some((lease.holder.clone(), until));
                Ok(Some((Receipt { erased, counted_to: Some(last.to_owned()), leased, ..receipt }, true)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Receipt::of(failed.item())?.map(|receipt| (receipt, false)))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Closes the deletion: from now the tombstone waits for its end.
    pub(crate) async fn close(&self, owner: &Owner) -> Result<(), Error> {
        let now = Timestamp::now();
        let expires_at = now.saturating_add(tombstone_lifetime(owner));
        let expression = "SET purged_at = :now, expires_at = :expires \
                          REMOVE purge_pending, woken_at, counted_to, leased_by, leased_until";
        let request = self
            .update_tombstone(owner, expression)
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":expires", seconds(expires_at));
        update_if(request.condition_expression(IS_PENDING)).await
    }

    /// All that was counted is gone: a row that lands from now on is not one of them, wherever it sorts. Gives the lease
    /// back.
    pub(crate) async fn settle(&self, owner: &Owner, receipt: &Receipt, lease: &Lease) -> Result<(), Error> {
        if receipt.counted_to.is_none() {
            return Ok(());
        }
        let request = self.update_tombstone(owner, "REMOVE counted_to, leased_by, leased_until, woken_at");
        update_if(lease.values(request).condition_expression(format!("{IS_PENDING} AND {IS_FREE}"))).await
    }

    /// Gives the lease back before all is erased, and wakes the next pass if it is to be woken.
    pub(crate) async fn release(&self, owner: &Owner, lease: &Lease, wakes: bool) -> Result<(), Error> {
        let expression = if wakes {
            "SET woken_at = :now REMOVE leased_by, leased_until"
        } else {
            "REMOVE leased_by, leased_until, woken_at"
        };
        let request = lease.values(self.update_tombstone(owner, expression));
        update_if(request.condition_expression(format!("{IS_PENDING} AND {IS_FREE}"))).await
    }

    /// Touches the tombstone: its record in the table's stream starts the purge again. Does nothing while an earlier
    /// wake-up waits for its pass, so that repeated deletions cannot fill the stream.
    pub(crate) async fn wake_purge(&self, owner: &Owner) -> Result<(), Error> {
        let request = self
            .update_tombstone(owner, "SET woken_at = :now")
            .expression_attribute_values(":now", millis(Timestamp::now()));
        update_if(request.condition_expression(format!("{IS_PENDING} AND attribute_not_exists(woken_at)"))).await
    }

    fn update_tombstone(&self, owner: &Owner, expression: &str) -> UpdateItemFluentBuilder {
        let key = owner.key().item();
        self.client.update_item().table_name(&self.table).set_key(Some(key)).update_expression(expression)
    }
}
