//! Event source mappings: a record of the table's stream that passes a function's filter invokes the function.
//!
//! As on AWS, each mapping has a poller of its own with its own position in the stream, so a failing function does not
//! delay the others. An [`observer`] outside of the template sees every record of the first one. [`poller`] reads the shards, [`filter`] selects the records, [`lanes`] makes batches of them, and
//! [`delivery`] sends the batches.

mod delivery;
pub(crate) mod filter;
mod lanes;
pub(crate) mod mapping;
pub(crate) mod observer;
mod poller;
mod record;

use aws_config::SdkConfig;
use aws_sdk_dynamodbstreams::{Client, types::ShardIteratorType};

use crate::{
    error_chain::error_chain,
    lambda::Lambda,
    log::LogSink,
    streams::{delivery::Delivery, lanes::Lanes, mapping::Mapping, observer::StreamObserver, poller::Poller},
};

/// An error of the start: the stream of the table could not be found.
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

/// The position in the stream at which the delivery starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamStart {
    /// At the oldest record, for a table that was just created.
    Oldest,
    /// At the next record that is written.
    Next,
}

/// Starts the pollers. Every record that is written after this returns is delivered.
pub(crate) async fn start(
    mappings: Vec<Mapping>,
    dynamodb: &SdkConfig,
    table: &str,
    from: StreamStart,
    lambda: &Lambda,
    logs: &LogSink,
    observer: &StreamObserver,
) -> Result<(), StreamError> {
    if mappings.is_empty() {
        return Ok(());
    }
    let failed = |operation, reason| StreamError {
        operation,
        endpoint: dynamodb.endpoint_url().unwrap_or_default().to_owned(),
        reason,
    };
    let output = aws_sdk_dynamodb::Client::new(dynamodb).describe_table().table_name(table).send().await;
    let output = output.map_err(|error| failed("DescribeTable", error_chain(&error)))?;
    let stream_arn = output.table.and_then(|table| table.latest_stream_arn);
    let stream_arn = stream_arn.ok_or_else(|| failed("DescribeTable", "the table has no stream".to_owned()))?;
    let client = Client::new(dynamodb);
    let from = match from {
        StreamStart::Oldest => ShardIteratorType::TrimHorizon,
        StreamStart::Next => ShardIteratorType::Latest,
    };
    // The pollers read the same records, so one of them is enough for the observer.
    let mut observer = Some(observer.clone());
    for mapping in mappings {
        let lanes = Lanes::start(Delivery::new(mapping, lambda.clone(), logs.clone()));
        let mut poller = Poller::new(client.clone(), stream_arn.clone(), lanes, observer.take());
        poller.discover(&from).await.map_err(|reason| failed("DescribeStream", reason))?;
        tokio::spawn(poller.run());
    }
    Ok(())
}
