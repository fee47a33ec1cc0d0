//! Conditional writes of one row.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        delete_item::DeleteItemError,
        put_item::PutItemError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::error::ConditionalCheckFailedException,
};

use crate::{
    error::Error,
    table::{
        attribute::{PK, VERSION},
        item::{Item, number},
        retry::{Backoff, is_contended},
    },
};

/// The condition of a write did not hold, and nothing was written.
#[derive(Debug)]
pub(crate) struct ConditionFailed {
    /// The row that the condition was checked on. `None` if there is none, or if the request did not ask for it.
    pub(crate) row: Option<Item>,
}

/// The error of an operation whose request may have a condition.
pub(crate) trait ConditionalError: ProvideErrorMetadata + std::error::Error + 'static {
    /// Returns the failed condition, or `None` if the error has another cause.
    fn condition_failed(&self) -> Option<&ConditionalCheckFailedException>;
}

/// Sends a conditional write, and repeats it while a transaction holds the row. A failed condition is a result.
///
/// # Errors
/// Returns an outer error if DynamoDB is unavailable or refuses.
pub(crate) async fn write_if<T, E: ConditionalError, F: Future<Output = Result<T, SdkError<E>>>>(
    write: impl Fn() -> F,
) -> Result<Result<T, ConditionFailed>, Error> {
    match write_when_free(write).await {
        Ok(output) => Ok(Ok(output)),
        Err(error) => {
            let failed = error.as_service_error().and_then(E::condition_failed).map(ConditionFailed::from);
            failed.map(Err).ok_or_else(|| error.into())
        }
    }
}

/// Sends a write, and repeats it while a transaction holds the row.
pub(crate) async fn write_when_free<T, E: ProvideErrorMetadata, F: Future<Output = Result<T, SdkError<E>>>>(
    write: impl Fn() -> F,
) -> Result<T, SdkError<E>> {
    let mut backoff = Backoff::default();
    loop {
        match write().await {
            Err(error) if is_contended(&error) && backoff.wait().await => {}
            result => return result,
        }
    }
}

/// Updates a row if the condition of the request holds. Otherwise changes nothing and succeeds as well.
pub(crate) async fn update_if(request: UpdateItemFluentBuilder) -> Result<(), Error> {
    write_if(|| request.clone().send()).await.map(drop)
}

/// Returns the condition that a row still has this version, and the values of the condition. Version 0 means that there
/// is no row.
pub(crate) fn has_version(version: u64) -> (String, Option<Item>) {
    match version {
        0 => (format!("attribute_not_exists({PK})"), None),
        _ => (format!("{VERSION} = :version"), Some(Item::from([(":version".into(), number(version))]))),
    }
}

impl From<&ConditionalCheckFailedException> for ConditionFailed {
    fn from(failed: &ConditionalCheckFailedException) -> Self {
        Self { row: failed.item().filter(|row| !row.is_empty()).cloned() }
    }
}

impl ConditionalError for PutItemError {
    fn condition_failed(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

impl ConditionalError for DeleteItemError {
    fn condition_failed(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

impl ConditionalError for UpdateItemError {
    fn condition_failed(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}
