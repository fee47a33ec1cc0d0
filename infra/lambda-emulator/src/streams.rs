//! Event source mappings: records of the table's stream that pass a function's filter invoke it.
//!
//! One poller per mapping, as on AWS: each has its own place in the stream, and a failing function holds up nobody else.

mod delivery;
mod filter;
mod record;

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodbstreams::{
    Client,
    types::{Record, Shard, ShardIteratorType},
};

use crate::{
    lambda::Lambda,
    log::LogSink,
    template::{Function, StreamEvent, Table},
};
use delivery::Delivery;
use filter::Pattern;

pub use filter::FilterError;

/// Pause after a poll that found nothing.
const IDLE: Duration = Duration::from_millis(200);
/// Polls between two looks at the list of shards. Shards change every few hours at most.
const POLLS_PER_DISCOVERY: usize = 50;
/// Pause after a failed request.
const BACKOFF: Duration = Duration::from_secs(1);

/// The stream of the table could not be found.
#[derive(Debug, thiserror::Error)]
#[error("{operation} at {endpoint}: {reason}")]
pub struct StreamError {
    /// The call that failed.
    pub operation: &'static str,
    /// The endpoint.
    pub endpoint: String,
    /// The SDK's whole chain of causes.
    pub reason: String,
}

/// The first record that is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamStart {
    /// The oldest record of the stream: for a table that was just created.
    Oldest,
    /// The next record that is written.
    Next,
}

/// A function's stream event, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    function: String,
    event: StreamEvent,
    /// A record passes when it matches any of them; with none, always.
    filters: Vec<Pattern>,
}

impl Mapping {
    /// The mappings of the template.
    pub(crate) fn all(functions: &[Function]) -> Result<Vec<Self>, FilterError> {
        let mut mappings = Vec::new();
        for function in functions {
            for event in &function.streams {
                let filters =
                    event.filters.iter().map(|text| Pattern::parse(&function.name, text)).collect::<Result<_, _>>()?;
                mappings.push(Self { function: function.name.clone(), event: event.clone(), filters });
            }
        }
        Ok(mappings)
    }
}

/// Starts the pollers. What is written after this returns is not missed.
pub(crate) async fn start(
    mappings: Vec<Mapping>,
    dynamodb: &SdkConfig,
    table: &Table,
    from: StreamStart,
    lambda: &Lambda,
    logs: &LogSink,
) -> Result<(), StreamError> {
    if mappings.is_empty() {
        return Ok(());
    }
    let failed = |operation, reason| StreamError {
        operation,
        endpoint: dynamodb.endpoint_url().unwrap_or_default().to_owned(),
        reason,
    };
    let answer = aws_sdk_dynamodb::Client::new(dynamodb).describe_table().table_name(&table.name).send().await;
    let answer = answer.map_err(|error| failed("DescribeTable", DisplayErrorContext(error).to_string()))?;
    let stream_arn = answer.table.and_then(|table| table.latest_stream_arn);
    let stream_arn = stream_arn.ok_or_else(|| failed("DescribeTable", "the table has no stream".to_owned()))?;
    let client = Client::new(dynamodb);
    let from = match from {
        StreamStart::Oldest => ShardIteratorType::TrimHorizon,
        StreamStart::Next => ShardIteratorType::Latest,
    };
    for mapping in mappings {
        let delivery = Delivery::new(mapping.function.clone(), mapping.event.clone(), lambda.clone(), logs.clone());
        let (client, stream_arn) = (client.clone(), stream_arn.clone());
        let mut poller = Poller { client, stream_arn, shards: BTreeMap::new(), shard_ended: false, mapping, delivery };
        poller.discover(&from).await.map_err(|reason| failed("DescribeStream", reason))?;
        let logs = logs.clone();
        tokio::spawn(async move { poller.run(&logs).await });
    }
    Ok(())
}

/// One mapping's way through the stream.
struct Poller {
    client: Client,
    stream_arn: String,
    shards: BTreeMap<String, Place>,
    /// Whether a shard was read to its end since the list of shards was last looked at.
    shard_ended: bool,
    mapping: Mapping,
    delivery: Delivery,
}

/// How far a shard has been read.
struct Place {
    parent: Option<String>,
    /// `None`: read to its end.
    iterator: Option<String>,
    /// The last record that was read.
    sequence_number: Option<String>,
}

impl Poller {
    async fn run(mut self, logs: &LogSink) {
        let mut polls = 0_usize;
        loop {
            polls += 1;
            // The end of a shard means that it has children.
            let due = std::mem::take(&mut self.shard_ended) || polls.is_multiple_of(POLLS_PER_DISCOVERY);
            let discovered = if due { self.discover(&ShardIteratorType::TrimHorizon).await } else { Ok(()) };
            let polled = match discovered {
                Ok(()) => self.poll().await,
                Err(reason) => Err(reason),
            };
            match polled {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(IDLE).await,
                Err(reason) => {
                    logs.line(&self.mapping.function, &format!("the stream could not be read: {reason}"));
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
    }

    /// Adds shards that are new, from where `from` says, and forgets those that are gone.
    async fn discover(&mut self, from: &ShardIteratorType) -> Result<(), String> {
        let mut described: Vec<Shard> = Vec::new();
        let mut last = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.stream_arn).set_exclusive_start_shard_id(last);
            let answer = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
            let Some(description) = answer.stream_description else { break };
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
            let place = Place { parent: shard.parent_shard_id().map(str::to_owned), iterator, sequence_number: None };
            self.shards.insert(id.to_owned(), place);
        }
        Ok(())
    }

    async fn iterator(
        &self,
        shard: &str,
        from: ShardIteratorType,
        after: Option<String>,
    ) -> Result<Option<String>, String> {
        let request = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let answer = request.shard_iterator_type(from).set_sequence_number(after).send().await;
        answer.map(|answer| answer.shard_iterator).map_err(|error| DisplayErrorContext(error).to_string())
    }

    /// Reads once from every shard; whether there was anything. A shard waits until its parent has been read to the end, so
    /// that the changes of one item stay in order.
    async fn poll(&mut self) -> Result<bool, String> {
        let unread = self.shards.iter().filter(|(_, place)| place.iterator.is_some());
        let unread: BTreeMap<String, Option<String>> =
            unread.map(|(id, place)| (id.clone(), place.parent.clone())).collect();
        let mut found = false;
        for (id, parent) in &unread {
            if parent.as_ref().is_none_or(|parent| !unread.contains_key(parent)) {
                found |= self.read(id).await?;
            }
        }
        Ok(found)
    }

    /// Reads once from a shard and delivers what passes; whether another read may find more.
    async fn read(&mut self, id: &str) -> Result<bool, String> {
        let Some(place) = self.shards.get_mut(id) else { return Ok(false) };
        let answer = self.client.get_records().set_shard_iterator(place.iterator.clone()).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let service = error.as_service_error();
                if !service.is_some_and(|error| {
                    error.is_expired_iterator_exception() || error.is_trimmed_data_access_exception()
                }) {
                    return Err(DisplayErrorContext(error).to_string());
                }
                let last = place.sequence_number.clone();
                let iterator = self.renewed_iterator(id, last).await?;
                if let Some(place) = self.shards.get_mut(id) {
                    place.iterator = iterator;
                }
                return Ok(true);
            }
        };
        let records = answer.records.unwrap_or_default();
        if let Some(last) = records.last().and_then(|record| record.dynamodb()?.sequence_number()) {
            place.sequence_number = Some(last.to_owned());
        }
        place.iterator = answer.next_shard_iterator;
        let ended = place.iterator.is_none();
        self.shard_ended |= ended;
        self.delivery.deliver(passing(&self.mapping.filters, &records, &self.stream_arn)).await;
        Ok(ended || !records.is_empty())
    }

    /// A new iterator after the last record that was read; or, when that one is trimmed, from the oldest there is.
    async fn renewed_iterator(&self, shard: &str, last: Option<String>) -> Result<Option<String>, String> {
        if last.is_some()
            && let Ok(iterator) = self.iterator(shard, ShardIteratorType::AfterSequenceNumber, last).await
        {
            return Ok(iterator);
        }
        self.iterator(shard, ShardIteratorType::TrimHorizon, None).await
    }
}

fn passing(filters: &[Pattern], records: &[Record], stream_arn: &str) -> Vec<serde_json::Value> {
    let events = records.iter().map(|record| record::event(record, stream_arn));
    events.filter(|event| filters.is_empty() || filters.iter().any(|filter| filter.matches(event))).collect()
}
