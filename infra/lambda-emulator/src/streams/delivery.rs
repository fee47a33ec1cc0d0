//! The delivery of batches to a function, with retries.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};

use crate::{
    lambda::{Lambda, invoke_error::InvokeError},
    log::LogSink,
    streams::mapping::Mapping,
    template::StreamEvent,
};

/// The first pause before a retry. Each further pause is twice as long, up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The maximum pause before a retry.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// The delivery of one mapping.
#[derive(Debug)]
pub(super) struct Delivery {
    mapping: Mapping,
    lambda: Lambda,
    logs: LogSink,
}

impl Delivery {
    pub(super) fn new(mapping: Mapping, lambda: Lambda, logs: LogSink) -> Self {
        Self { mapping, lambda, logs }
    }

    /// Writes a line to the log of the function.
    pub(super) fn log(&self, text: &str) {
        self.logs.write_line(&self.mapping.function, text);
    }

    pub(super) fn event(&self) -> &StreamEvent {
        &self.mapping.event
    }

    /// Returns whether the function gets this record.
    pub(super) fn passes(&self, record: &Value) -> bool {
        self.mapping.passes(record)
    }

    /// Delivers a batch. Returns when each record was processed, or dropped after its last retry.
    pub(super) async fn deliver(&self, batch: Vec<Value>) {
        let event = &self.mapping.event;
        let mut batches = VecDeque::from([(batch, 0)]);
        while let Some((batch, attempt)) = batches.pop_front() {
            let (failed, processed) = match self.send(&batch).await {
                Ok(processed) if processed >= batch.len() => continue,
                Ok(processed) => ("it reported records it could not process".to_owned(), processed),
                Err(InvokeError::ShuttingDown) => return,
                Err(error) => (error.to_string(), 0),
            };
            let mut rest = batch.get(processed..).unwrap_or_default().to_vec();
            if event.bisect_on_error && rest.len() > 1 {
                // As on Lambda, a split does not count as a retry.
                let second = rest.split_off(rest.len() / 2);
                batches.push_front((second, attempt));
                batches.push_front((rest, attempt));
            } else if attempt < self.mapping.retries {
                batches.push_front((rest, attempt + 1));
            } else {
                let text = format!("{} stream record(s) dropped after {} attempts: {failed}", rest.len(), attempt + 1);
                self.log(&text);
                continue;
            }
            tokio::time::sleep(FIRST_PAUSE.saturating_mul(1 << attempt.min(16)).min(MAX_PAUSE)).await;
        }
    }

    /// Invokes the function. Returns the number of records that it processed, counted from the first.
    async fn send(&self, batch: &[Value]) -> Result<usize, InvokeError> {
        let event = json!({ "Records": batch }).to_string();
        let response = self.lambda.invoke(&self.mapping.function, event.into()).await?;
        if !self.mapping.event.report_item_failures {
            return Ok(batch.len());
        }
        let response: Value = serde_json::from_slice(&response).unwrap_or_default();
        let failures = response.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
        let failed: Vec<&Value> = failures.filter_map(|failure| failure.get("itemIdentifier")).collect();
        // The first failed record and all after it are delivered again.
        let first = batch.iter().position(|record| failed.contains(&&record["dynamodb"]["SequenceNumber"]));
        Ok(first.unwrap_or(if failed.is_empty() { batch.len() } else { 0 }))
    }
}
