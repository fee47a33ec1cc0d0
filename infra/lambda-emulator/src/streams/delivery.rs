//! Batches of records to a function, with the retries of an event source mapping.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};

use crate::{
    lambda::{InvokeError, Lambda},
    log::LogSink,
    template::StreamEvent,
};

/// Lambda's default is to retry until the records expire, after a day. Here a function that always fails may not hold up
/// the stream for ever.
const MOST_RETRIES: u32 = 10;
const DEFAULT_RETRIES: u32 = 5;
/// The first pause before a retry; each one doubles it, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The delivery side of a mapping.
#[derive(Debug)]
pub(crate) struct Delivery {
    function: String,
    event: StreamEvent,
    lambda: Lambda,
    logs: LogSink,
}

impl Delivery {
    pub(crate) fn new(function: String, event: StreamEvent, lambda: Lambda, logs: LogSink) -> Self {
        Self { function, event, lambda, logs }
    }

    /// Delivers records in order, batch by batch. Returns when each was taken, or dropped after its last retry.
    pub(crate) async fn deliver(&self, records: Vec<Value>) {
        let retries = self.event.maximum_retry_attempts.unwrap_or(DEFAULT_RETRIES).min(MOST_RETRIES);
        let mut batches: VecDeque<(Vec<Value>, u32)> =
            records.chunks(self.event.batch_size).map(|batch| (batch.to_vec(), 0)).collect();
        while let Some((batch, attempt)) = batches.pop_front() {
            let (failed, taken) = match self.send(&batch).await {
                Ok(taken) if taken >= batch.len() => continue,
                Ok(taken) => ("it reported records it could not process".to_owned(), taken),
                Err(InvokeError::ShuttingDown) => return,
                Err(error) => (error.to_string(), 0),
            };
            let mut rest = batch.get(taken..).unwrap_or_default().to_vec();
            if self.event.bisect_on_error && rest.len() > 1 {
                // Halves start afresh, as on Lambda: splitting is no retry.
                let second = rest.split_off(rest.len() / 2);
                batches.push_front((second, attempt));
                batches.push_front((rest, attempt));
            } else if attempt < retries {
                batches.push_front((rest, attempt + 1));
            } else {
                let text = format!("{} stream record(s) dropped after {} attempts: {failed}", rest.len(), attempt + 1);
                self.logs.line(&self.function, &text);
                continue;
            }
            tokio::time::sleep(FIRST_PAUSE.saturating_mul(1 << attempt.min(16)).min(LONGEST_PAUSE)).await;
        }
    }

    /// Invokes the function; how many records it has taken, from the first.
    async fn send(&self, batch: &[Value]) -> Result<usize, InvokeError> {
        let event = json!({ "Records": batch }).to_string();
        let answer = self.lambda.invoke(&self.function, event.into()).await?;
        if !self.event.report_item_failures {
            return Ok(batch.len());
        }
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let failures = answer.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
        let failed: Vec<&Value> = failures.filter_map(|failure| failure.get("itemIdentifier")).collect();
        // Everything from the first failed record on is delivered again.
        let first = batch.iter().position(|record| failed.contains(&&record["dynamodb"]["SequenceNumber"]));
        Ok(first.unwrap_or(if failed.is_empty() { batch.len() } else { 0 }))
    }
}
