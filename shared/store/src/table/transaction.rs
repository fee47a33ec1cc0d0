//! Transactions: all actions or none, repeated while other requests hold the rows.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        CancellationReason, TransactWriteItem,
        builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder},
    },
};

use crate::{
    error::{Error, ErrorDetail},
    error_code::{CONDITION_FAILED, TRANSACTION_CANCELED, TRANSACTION_IN_PROGRESS},
    table::{Store, retry::Backoff, write::ConditionFailed},
};

/// DynamoDB's limit of actions in one transaction.
pub(crate) const MAX_ACTIONS: usize = 100;

/// A transaction under construction. Each method adds one action and returns its handle.
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    actions: Vec<TransactWriteItem>,
}

/// The handle of an action in its transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action(usize);

/// A transaction was cancelled because a condition did not hold, and nothing was written.
pub(crate) struct Cancellation {
    /// One reason for each action, in the same order.
    reasons: Vec<CancellationReason>,
}

impl Store {
    /// Begins a transaction on the table.
    pub(crate) fn transaction(&self) -> Transaction<'_> {
        Transaction { store: self, actions: Vec::new() }
    }
}

impl Transaction<'_> {
    /// Checks a condition on a row that the transaction does not write.
    pub(crate) fn check(&mut self, check: ConditionCheckBuilder) -> Result<Action, Error> {
        let check = check.table_name(&self.store.table).build()?;
        Ok(self.add(TransactWriteItem::builder().condition_check(check).build()))
    }

    pub(crate) fn put(&mut self, put: PutBuilder) -> Result<Action, Error> {
        let put = put.table_name(&self.store.table).build()?;
        Ok(self.add(TransactWriteItem::builder().put(put).build()))
    }

    pub(crate) fn update(&mut self, update: UpdateBuilder) -> Result<Action, Error> {
        let update = update.table_name(&self.store.table).build()?;
        Ok(self.add(TransactWriteItem::builder().update(update).build()))
    }

    pub(crate) fn delete(&mut self, delete: DeleteBuilder) -> Result<Action, Error> {
        let delete = delete.table_name(&self.store.table).build()?;
        Ok(self.add(TransactWriteItem::builder().delete(delete).build()))
    }

    fn add(&mut self, action: TransactWriteItem) -> Action {
        self.actions.push(action);
        Action(self.actions.len() - 1)
    }

    /// Executes all actions or none. A failed condition is a result.
    ///
    /// The SDK repeats neither a cancelled nor a conflicting transaction. This method does, while every reason is
    /// contention or load. All attempts have the same token, so an attempt whose response was lost is not executed
    /// twice.
    ///
    /// # Errors
    /// Returns an outer error if DynamoDB is unavailable or refuses, or if the attempts are used up.
    pub(crate) async fn commit(self) -> Result<Result<(), Cancellation>, Error> {
        let request = self
            .store
            .client
            .transact_write_items()
            .client_request_token(uuid::Uuid::now_v7().to_string())
            .set_transact_items(Some(self.actions));
        let mut backoff = Backoff::default();
        loop {
            let error = match request.clone().send().await {
                Ok(_) => return Ok(Ok(())),
                Err(error) => error,
            };
            match classify(&error) {
                Classification::ConditionFailed => return Ok(Err(Cancellation { reasons: into_reasons(error) })),
                Classification::Contended if backoff.wait().await => {}
                Classification::Contended => return Err(exhausted(&error)),
                Classification::Other => return Err(error.into()),
            }
        }
    }
}

impl Cancellation {
    /// Returns whether the condition of an action failed, with the row if the action asked for it. The row is returned
    /// once.
    pub(crate) fn failed(&mut self, action: Action) -> Option<ConditionFailed> {
        let reason = self.reasons.get_mut(action.0).filter(|reason| code(reason) == CONDITION_FAILED)?;
        Some(ConditionFailed { row: reason.item.take().filter(|row| !row.is_empty()) })
    }

    /// Returns the error for a cancellation that none of the expected conditions explains. DynamoDB does not send such
    /// a cancellation.
    pub(crate) fn unexplained(&self) -> Error {
        let codes: Vec<_> = self.reasons.iter().map(code).collect();
        let message = format!("no expected condition failed: [{}]", codes.join(", "));
        Error::Refused(ErrorDetail { code: TRANSACTION_CANCELED.into(), message })
    }
}

enum Classification {
    ConditionFailed,
    Contended,
    Other,
}

fn classify(error: &SdkError<TransactWriteItemsError>) -> Classification {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => Classification::Contended,
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(|reason| code(reason) == CONDITION_FAILED) {
                Classification::ConditionFailed
            } else if reasons.iter().all(|reason| is_transient(code(reason))) {
                Classification::Contended
            } else {
                Classification::Other
            }
        }
        _ => Classification::Other,
    }
}

fn is_transient(code: &str) -> bool {
    matches!(code, "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

fn code(reason: &CancellationReason) -> &str {
    reason.code().unwrap_or("None")
}

fn into_reasons(error: SdkError<TransactWriteItemsError>) -> Vec<CancellationReason> {
    match error.into_service_error() {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons.unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Returns the error after the last attempt. Throttling is a fault of this service. A conflict is caused by other
/// requests that write the same rows.
fn exhausted(error: &SdkError<TransactWriteItemsError>) -> Error {
    let detail = |code: &str, message: &str| ErrorDetail { code: code.into(), message: message.into() };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Error::Contended(detail(TRANSACTION_IN_PROGRESS, "the same request is still in progress"));
    };
    let is_throttled = |reason: &CancellationReason| !matches!(code(reason), "None" | "TransactionConflict");
    if cancelled.cancellation_reasons().iter().any(is_throttled) {
        return Error::Throttled(detail(TRANSACTION_CANCELED, "the load was too high"));
    }
    Error::Contended(detail(TRANSACTION_CANCELED, "other requests kept writing the same rows"))
}
