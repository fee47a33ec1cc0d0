//! Transactions: all or nothing, tried again while others are in the way.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};

use crate::{
    error::{Error, ErrorDetail},
    table::{Store, item::Item, retry::Backoff},
};

/// DynamoDB's limit of actions in one transaction.
pub(crate) const MAX_ACTIONS: usize = 100;

/// What became of a transaction.
pub(crate) enum Outcome {
    Committed,
    /// A condition did not hold, and nothing was written.
    Refused(Refusal),
}

/// Why a transaction was refused, action by action.
pub(crate) struct Refusal(Vec<CancellationReason>);

impl Refusal {
    /// Whether the condition of an action failed, and the row it failed on.
    pub(crate) fn failed(&mut self, action: usize) -> Option<Option<Item>> {
        let reason = self.0.get_mut(action).filter(|reason| code(reason) == CONDITION_FAILED)?;
        Some(reason.item.take().filter(|row| !row.is_empty()))
    }
}

const CONDITION_FAILED: &str = "ConditionalCheckFailed";

impl Store {
    /// Writes all or nothing. The SDK tries neither a cancelled nor a conflicting transaction again: this does while
    /// every reason is contention or load. A failed condition is an answer. The token stays the same, so that an
    /// attempt whose answer was lost is not written twice.
    pub(crate) async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<Outcome, Error> {
        let request = self
            .client
            .transact_write_items()
            .client_request_token(uuid::Uuid::now_v7().to_string())
            .set_transact_items(Some(actions));
        let mut backoff = Backoff::default();
        loop {
            let error = match request.clone().send().await {
                Ok(_) => return Ok(Outcome::Committed),
                Err(error) => error,
            };
            match judge(&error) {
                Verdict::ConditionFailed => return Ok(Outcome::Refused(Refusal(into_reasons(error)))),
                Verdict::Contended if backoff.wait().await => {}
                Verdict::Contended => return Err(exhausted(&error)),
                Verdict::Other => return Err(error.into()),
            }
        }
    }
}

enum Verdict {
    ConditionFailed,
    Contended,
    Other,
}

fn judge(error: &SdkError<TransactWriteItemsError>) -> Verdict {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => Verdict::Contended,
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(|reason| code(reason) == CONDITION_FAILED) {
                Verdict::ConditionFailed
            } else if reasons.iter().all(|reason| may_pass(code(reason))) {
                Verdict::Contended
            } else {
                Verdict::Other
            }
        }
        _ => Verdict::Other,
    }
}

fn may_pass(code: &str) -> bool {
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

/// What is left to say once the retries are used up: throttling is this side's fault, a conflict that of whoever writes the
/// same rows at once.
fn exhausted(error: &SdkError<TransactWriteItemsError>) -> Error {
    let fault = |code: &str, message: &str| ErrorDetail { code: code.into(), message: message.into() };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Error::Contended(fault("TransactionInProgressException", "the same request is still under way"));
    };
    let is_throttled = |reason: &CancellationReason| !matches!(code(reason), "None" | "TransactionConflict");
    if cancelled.cancellation_reasons().iter().any(is_throttled) {
        return Error::Throttled(fault("TransactionCanceledException", "the load was too high"));
    }
    Error::Contended(fault("TransactionCanceledException", "other requests were in the way"))
}
