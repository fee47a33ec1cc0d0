//! The lanes of a mapping: several batches are delivered at the same time, and the records of one item in their order.
//!
//! Lambda keeps the order "at the item (partition and sort key) level" if `ParallelizationFactor` is greater than 1.
//! Records of one partition key can therefore be with the function at the same time, and so they can here.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use crate::streams::delivery::Delivery;

/// The lanes of one mapping. A record that fails delays the later ones of its lane only.
#[derive(Debug)]
pub(super) struct Lanes {
    delivery: Arc<Delivery>,
    queues: Vec<mpsc::UnboundedSender<Vec<Value>>>,
}

impl Lanes {
    /// Starts the lanes. They run until the runtime ends.
    pub(super) fn start(delivery: Delivery) -> Self {
        let delivery = Arc::new(delivery);
        let start_lane = |_| {
            let (sender, queue) = mpsc::unbounded_channel();
            let lane = Lane { delivery: Arc::clone(&delivery), queue, waiting: VecDeque::new() };
            tokio::spawn(lane.run());
            sender
        };
        let queues = (0..delivery.event().parallelization_factor).map(start_lane).collect();
        Self { delivery, queues }
    }

    /// Gives the records that pass the filters to their lanes.
    pub(super) fn deliver(&self, records: impl Iterator<Item = Value>) {
        let mut by_lane: Vec<Vec<Value>> = vec![Vec::new(); self.queues.len()];
        for record in records.filter(|record| self.delivery.passes(record)) {
            let lane = lane_of(&record, self.queues.len());
            by_lane.get_mut(lane).into_iter().for_each(|records| records.push(record.clone()));
        }
        for (queue, records) in self.queues.iter().zip(by_lane).filter(|(_, records)| !records.is_empty()) {
            // A lane has ended only if the emulator is shutting down.
            drop(queue.send(records));
        }
    }

    /// Writes a line to the log of the function.
    pub(super) fn log(&self, text: &str) {
        self.delivery.log(text);
    }
}

/// Returns the lane of a record, from the key of its item.
fn lane_of(record: &Value, lanes: usize) -> usize {
    let keys = record.pointer("/dynamodb/Keys").and_then(Value::as_object);
    let keys: BTreeMap<&String, String> =
        keys.into_iter().flatten().map(|(name, value)| (name, value.to_string())).collect();
    let mut hasher = DefaultHasher::new();
    keys.hash(&mut hasher);
    let lane = hasher.finish() % u64::try_from(lanes).unwrap_or(1).max(1);
    usize::try_from(lane).unwrap_or_default()
}

/// One lane: a batch at a time.
struct Lane {
    delivery: Arc<Delivery>,
    queue: mpsc::UnboundedReceiver<Vec<Value>>,
    /// Records that were taken from the queue and are not in a batch yet.
    waiting: VecDeque<Value>,
}

impl Lane {
    async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            self.delivery.deliver(batch).await;
        }
    }

    /// Waits for a record, and then for more as long as the batching window allows.
    async fn next_batch(&mut self) -> Option<Vec<Value>> {
        let event = self.delivery.event();
        let (size, window) = (event.batch_size, event.maximum_batching_window);
        if self.waiting.is_empty() {
            self.waiting.extend(self.queue.recv().await?);
        }
        let end = Instant::now() + window;
        while self.waiting.len() < size {
            let more = if window.is_zero() {
                self.queue.try_recv().ok()
            } else {
                timeout_at(end, self.queue.recv()).await.ok().flatten()
            };
            let Some(more) = more else { break };
            self.waiting.extend(more);
        }
        Some(self.waiting.drain(..size.min(self.waiting.len())).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_records_of_one_item_have_the_same_lane() {
        let record = |user: &str, row: &str, name: &str| {
            let keys = json!({"pk": {"S": user}, "sk": {"S": row}});
            json!({"eventName": name, "dynamodb": {"Keys": keys}})
        };
        let lanes: Vec<usize> = (0..50).map(|row| lane_of(&record("a", &row.to_string(), "INSERT"), 10)).collect();
        for (row, lane) in lanes.iter().enumerate() {
            assert!(*lane < 10);
            assert_eq!(lane_of(&record("a", &row.to_string(), "REMOVE"), 10), *lane);
        }
        assert!(lanes.iter().any(|lane| *lane != lanes[0]), "the rows of one partition have several lanes");
        assert_eq!(lane_of(&record("a", "b", "INSERT"), 1), 0);
    }
}
