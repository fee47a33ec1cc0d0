//! Repeats of requests that the SDK does not repeat.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error_code::TRANSACTION_CONFLICT;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(400);
const RETRIES: u32 = 10;

/// The pauses between the attempts of one request. Each pause is random, up to a limit that doubles (full jitter), so
/// that requests that met do not meet again. There are at most 10 pauses. Together they last 1.1 s on average and 2.2 s
/// at most.
#[derive(Default)]
pub(crate) struct Backoff {
    waits: u32,
}

impl Backoff {
    /// Waits for the next attempt. Returns `false` at once if all attempts are used up.
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

/// Returns whether a write failed because a transaction holds the row.
pub(crate) fn is_contended<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(TRANSACTION_CONFLICT)
}
