//! The shards of a stream, read in order.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use aws_sdk_dynamodbstreams::{
    Client,
    types::{Shard, ShardIteratorType},
};

use crate::{
    error_chain::error_chain,
    streams::{lanes::Lanes, observer::StreamObserver, record::record_event},
};

/// The pause after a poll that found nothing.
const IDLE: Duration = Duration::from_millis(200);
/// The number of polls between two looks at the list of shards. Shards change every few hours at most.
const POLLS_PER_DISCOVERY: usize = 50;
/// The pause after a failed request.
const BACKOFF: Duration = Duration::from_secs(1);

/// The position of one mapping in the stream.
pub(super) struct Poller {
    client: Client,
    stream_arn: String,
    shards: BTreeMap<String, ShardState>,
    /// `true` if a shard was read to its end after the last look at the list of shards.
    shard_ended: bool,
    lanes: Lanes,
    observer: Option<StreamObserver>,
}

/// The position in one shard.
struct ShardState {
    parent: Option<String>,
    /// `None` if the shard was read to its end.
    iterator: Option<String>,
    /// The last record that was read.
    sequence_number: Option<String>,
}

impl Poller {
    /// The observer gets every record, also those that the mapping's filters leave out.
    pub(super) fn new(client: Client, stream_arn: String, lanes: Lanes, observer: Option<StreamObserver>) -> Self {
        Self { client, stream_arn, shards: BTreeMap::new(), shard_ended: false, lanes, observer }
    }

    /// Reads until the runtime ends.
    pub(super) async fn run(mut self) {
        let mut polls = 0_usize;
        loop {
            polls += 1;
            // A shard that was read to its end has children.
            let is_due = std::mem::take(&mut self.shard_ended) || polls.is_multiple_of(POLLS_PER_DISCOVERY);
            let discovered = if is_due { self.discover(&ShardIteratorType::TrimHorizon).await } else { Ok(()) };
            let polled = match discovered {
                Ok(()) => self.poll().await,
                Err(reason) => Err(reason),
            };
            match polled {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(IDLE).await,
                Err(reason) => {
                    self.lanes.log(&format!("the stream could not be read: {reason}"));
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
    }

    /// Adds new shards, which are read from the position `from`, and removes shards that no longer exist.
    pub(super) async fn discover(&mut self, from: &ShardIteratorType) -> Result<(), String> {
        let mut described: Vec<Shard> = Vec::new();
        let mut last = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.stream_arn).set_exclusive_start_shard_id(last);
            let output = request.send().await.map_err(|error| error_chain(&error))?;
            let Some(description) = output.stream_description else { break };
            described.extend(description.shards.unwrap_or_default());
            last = description.last_evaluated_shard_id;
            if last.is_none() {
                break;
            }
        }
        let ids: HashSet<&str> = described.iter().filter_map(Shard::shard_id).collect();
        self.shards.retain(|id, _| ids.contains(id.as_str()));
        for shard in &described {
            let Some(id) = shard.shard_id().filter(|id| !self.shards.contains_key(*id)) else { continue };
            let iterator = self.iterator(id, from.clone(), None).await?;
            let state =
                ShardState { parent: shard.parent_shard_id().map(str::to_owned), iterator, sequence_number: None };
            self.shards.insert(id.to_owned(), state);
        }
        Ok(())
    }

    /// Returns an iterator for a shard, at the position `from`.
    async fn iterator(
        &self,
        shard: &str,
        from: ShardIteratorType,
        after: Option<String>,
    ) -> Result<Option<String>, String> {
        let request = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let output = request.shard_iterator_type(from).set_sequence_number(after).send().await;
        output.map(|output| output.shard_iterator).map_err(|error| error_chain(&error))
    }

    /// Reads once from every shard. Returns whether another poll may find more. A shard waits until its parent was read
    /// to the end. The changes of one item have the same lane, so they stay in order.
    async fn poll(&mut self) -> Result<bool, String> {
        let unread = self.shards.iter().filter(|(_, state)| state.iterator.is_some());
        let unread: BTreeMap<String, Option<String>> =
            unread.map(|(id, state)| (id.clone(), state.parent.clone())).collect();
        let mut found = false;
        for (id, parent) in &unread {
            if parent.as_ref().is_none_or(|parent| !unread.contains_key(parent)) {
                found |= self.read(id).await?;
            }
        }
        Ok(found)
    }

    /// Reads once from a shard and gives the records to their lanes. Returns whether another read may find more.
    async fn read(&mut self, id: &str) -> Result<bool, String> {
        let Some(state) = self.shards.get_mut(id) else { return Ok(false) };
        let output = self.client.get_records().set_shard_iterator(state.iterator.clone()).send().await;
        let output = match output {
            Ok(output) => output,
            Err(error) => {
                let service = error.as_service_error();
                if !service.is_some_and(|error| {
                    error.is_expired_iterator_exception() || error.is_trimmed_data_access_exception()
                }) {
                    return Err(error_chain(&error));
                }
                let last = state.sequence_number.clone();
                let iterator = self.renewed_iterator(id, last).await?;
                if let Some(state) = self.shards.get_mut(id) {
                    state.iterator = iterator;
                }
                return Ok(true);
            }
        };
        let records = output.records.unwrap_or_default();
        if let Some(last) = records.last().and_then(|record| record.dynamodb()?.sequence_number()) {
            state.sequence_number = Some(last.to_owned());
        }
        state.iterator = output.next_shard_iterator;
        let ended = state.iterator.is_none();
        self.shard_ended |= ended;
        self.lanes.deliver(records.iter().map(|record| {
            let event = record_event(record, &self.stream_arn);
            self.observer.iter().for_each(|observer| observer.observe(&event));
            event
        }));
        Ok(ended || !records.is_empty())
    }

    /// Returns a new iterator, after the last record that was read. If that record is trimmed, the iterator starts at
    /// the oldest record.
    async fn renewed_iterator(&self, shard: &str, last: Option<String>) -> Result<Option<String>, String> {
        if last.is_some()
            && let Ok(iterator) = self.iterator(shard, ShardIteratorType::AfterSequenceNumber, last).await
        {
            return Ok(iterator);
        }
        self.iterator(shard, ShardIteratorType::TrimHorizon, None).await
    }
}
