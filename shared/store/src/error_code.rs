//! DynamoDB's codes of errors that the store names in more than one place.

/// The reason of a cancelled transaction whose condition does not hold.
pub(crate) const CONDITION_FAILED: &str = "ConditionalCheckFailed";
/// A transaction was cancelled. Each of its actions has a reason.
pub(crate) const TRANSACTION_CANCELED: &str = "TransactionCanceledException";
/// A transaction holds the row of a write.
pub(crate) const TRANSACTION_CONFLICT: &str = "TransactionConflictException";
/// An attempt of the same transaction has not ended.
pub(crate) const TRANSACTION_IN_PROGRESS: &str = "TransactionInProgressException";
