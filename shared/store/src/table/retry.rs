//! Contention: what the SDK does not try again.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
};

use crate::error::Error;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(400);
const RETRIES: u32 = 10;

/// Waits longer each time, at random (full jitter), so that those who met do not meet again. Ends after 10 waits, which
/// last 1.1 s on average and 2.2 s at most.
#[derive(Default)]
pub(crate) struct Backoff {
    waits: u32,
}

impl Backoff {
    /// Waits; `false` at once when it has been enough.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.waits == RETRIES {
            return false;
        }
        let ceiling = LONGEST.min(FIRST * 2_u32.pow(self.waits));
        self.waits += 1;
        tokio::time::sleep(ceiling.mul_f64(rand::random())).await;
        true
    }
}

/// Repeats a write of one row while a transaction holds that row.
pub(crate) async fn while_contended<T, E: ProvideErrorMetadata, F: Future<Output = Result<T, SdkError<E>>>>(
    write: impl Fn() -> F,
) -> Result<T, SdkError<E>> {
    let mut backoff = Backoff::default();
    loop {
        match write().await {
            Err(error) if is_contended(&error) && backoff.wait().await => {}
            answer => return answer,
        }
    }
}

/// Changes a row if the condition of the request holds. If it does not hold, changes nothing, which is no error.
pub(crate) async fn update_if(request: UpdateItemFluentBuilder) -> Result<(), Error> {
    match while_contended(|| request.clone().send()).await {
        Ok(_) => Ok(()),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(error.into()),
        },
    }
}

/// Whether a transaction holds a row that was to be written.
pub(crate) fn is_contended<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("TransactionConflictException")
}
