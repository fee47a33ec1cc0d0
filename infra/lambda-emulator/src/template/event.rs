//! The events of a function: routes of both APIs, DynamoDB streams, schedules.

use std::time::Duration;

use crate::template::{error::TemplateError, property::Property};

/// The methods that a route of an HTTP API can have (API Gateway, "Create routes for HTTP APIs").
const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The API that a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteApi {
    /// The HTTP API. It waits for the whole response of the function.
    Http,
    /// The REST API. It streams the response of the function.
    Rest,
}

/// The maximum time for which a REST API waits for the end of a streamed response.
const MAX_STREAM_TIMEOUT_MS: u64 = 900_000;
/// The time for which a REST API waits if the event does not say it.
const DEFAULT_REST_TIMEOUT_MS: u64 = 29_000;

/// A route of the HTTP API or of the REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method in upper case; `ANY` matches every method.
    pub method: String,
    /// `/users/{user_id}`, a greedy `/files/{path+}`, or `$default`, which matches if no other route does. The path of a
    /// REST API begins with its stage, as callers see it.
    pub path: String,
    /// The place of the path, `<file>:<line>`, or that of the event if it has no path.
    pub place: String,
    /// The API.
    pub api: RouteApi,
    /// The time for which the API waits for the end of the response. `None` is the HTTP API's own maximum.
    pub timeout: Option<Duration>,
}

impl Route {
    /// Reads an event of type `Api`. `stage` is that of the REST API of the template.
    pub(super) fn read_rest(event: &Property<'_>, stage: Option<&str>) -> Result<Self, TemplateError> {
        let properties = event.require("Properties")?;
        let api = properties.require("RestApiId")?;
        let stage = stage.ok_or_else(|| api.invalid("!Ref of the AWS::Serverless::Api of the template"))?;
        let mode = properties.require("ResponseTransferMode")?;
        if mode.text()? != "RESPONSE_STREAM" {
            return Err(mode.invalid("RESPONSE_STREAM, the only mode that the emulator has for a REST API"));
        }
        let timeout = match properties.get("TimeoutInMillis")? {
            Some(timeout) => {
                timeout.integer_in(50..=MAX_STREAM_TIMEOUT_MS, "a whole number of milliseconds from 50 to 900000")?
            }
            None => DEFAULT_REST_TIMEOUT_MS,
        };
        let path = properties.require("Path")?;
        properties.require("Method")?;
        let route = Self::read(event)?;
        Ok(Self {
            path: format!("/{stage}{}", path.text()?),
            api: RouteApi::Rest,
            timeout: Some(Duration::from_millis(timeout)),
            ..route
        })
    }

    pub(super) fn read(event: &Property<'_>) -> Result<Self, TemplateError> {
        let method = match event.path(&["Properties", "Method"])? {
            None => "ANY".to_owned(),
            Some(property) => match property.text()?.to_ascii_uppercase().as_str() {
                "*" => "ANY".to_owned(),
                method if METHODS.contains(&method) => method.to_owned(),
                _ => return Err(property.invalid("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY")),
            },
        };
        // In SAM, an event without path and method is the catch-all.
        let (path, place) = match event.path(&["Properties", "Path"])? {
            Some(path) => (path.text()?, path.place()),
            None => ("$default".to_owned(), event.place()),
        };
        Ok(Self { method, path, place, api: RouteApi::Http, timeout: None })
    }
}

/// An event source mapping from the table's stream to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEvent {
    /// Logical id of the table.
    pub table: String,
    /// The maximum number of records in one invocation.
    pub batch_size: usize,
    /// The number of batches that the function can have at the same time.
    pub parallelization_factor: usize,
    /// The time for which a batch that is not full waits for more records.
    pub maximum_batching_window: Duration,
    /// The maximum number of retries of a failing batch. `None` is Lambda's default: retry until the records expire.
    pub maximum_retry_attempts: Option<u32>,
    /// `true` if a failing batch is split in two before it is tried again.
    pub bisect_on_error: bool,
    /// `true` if the function returns which records failed (`ReportBatchItemFailures`).
    pub report_item_failures: bool,
    /// `FilterCriteria`. A record passes if it matches any of them, or if there are none.
    pub filters: Vec<Filter>,
}

/// A filter of a stream event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The pattern as JSON text.
    pub pattern: String,
    /// The place of the pattern, `<file>:<line>`.
    pub place: String,
}

impl Filter {
    fn read(filter: &Property<'_>) -> Result<Self, TemplateError> {
        let pattern = filter.require("Pattern")?;
        Ok(Self { pattern: pattern.text()?, place: pattern.place() })
    }
}

impl StreamEvent {
    /// Lambda's default for DynamoDB streams.
    const DEFAULT_BATCH_SIZE: usize = 100;
    /// Lambda's quota for the filters of one event source mapping.
    const MAX_FILTERS: usize = 5;

    pub(super) fn read(event: &Property<'_>) -> Result<Self, TemplateError> {
        let properties = event.require("Properties")?;
        let stream = properties.require("Stream")?;
        let (table, attribute) = stream.attribute()?;
        if attribute != "StreamArn" {
            return Err(stream.invalid("!GetAtt <table>.StreamArn"));
        }
        if !stream.has_property_of(&table, "StreamSpecification") {
            return Err(stream.invalid("the stream of a table that has a StreamSpecification"));
        }
        let flag = |key: &str| properties.get(key)?.map_or(Ok(false), |value| value.boolean());
        let attempts: Option<i64> = properties.get("MaximumRetryAttempts")?.map(|value| value.integer()).transpose()?;
        let responses = properties.get("FunctionResponseTypes")?.map_or(Ok(Vec::new()), |list| list.texts())?;
        let filters = match properties.path(&["FilterCriteria", "Filters"])? {
            Some(filters) => {
                let items = filters.items()?;
                if items.len() > Self::MAX_FILTERS {
                    return Err(filters.invalid("a list of at most 5 filters"));
                }
                items.iter().map(Filter::read).collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        Ok(Self {
            table,
            batch_size: properties
                .get("BatchSize")?
                .map_or(Ok(Self::DEFAULT_BATCH_SIZE), |value| value.integer())?
                .max(1),
            parallelization_factor: properties
                .get("ParallelizationFactor")?
                .map_or(Ok(1), |value| value.integer_in(1..=10, "a whole number from 1 to 10"))?,
            maximum_batching_window: Duration::from_secs(
                properties
                    .get("MaximumBatchingWindowInSeconds")?
                    .map_or(Ok(0), |value| value.integer_in(0..=300, "a whole number of seconds from 0 to 300"))?,
            ),
            // -1 means no maximum.
            maximum_retry_attempts: attempts.and_then(|attempts| u32::try_from(attempts).ok()),
            bisect_on_error: flag("BisectBatchOnFunctionError")?,
            report_item_failures: responses.iter().any(|kind| kind == "ReportBatchItemFailures"),
            filters,
        })
    }
}

/// A function invoked at a fixed rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleEvent {
    /// Time between two invocations.
    pub every: Duration,
    /// The event as JSON text. If it is `None`, the function gets a scheduled event in EventBridge's format.
    pub input: Option<String>,
}

impl ScheduleEvent {
    /// Reads a schedule. Returns `None` if it is disabled.
    pub(super) fn read(event: &Property<'_>) -> Result<Option<Self>, TemplateError> {
        let properties = event.require("Properties")?;
        // The expression is `Schedule` in an event of type `Schedule`, and `ScheduleExpression` in `ScheduleV2`.
        let expression = match properties.get("Schedule")? {
            Some(expression) => expression,
            None => properties.require("ScheduleExpression")?,
        };
        let every = rate(&expression.text()?).ok_or_else(|| expression.invalid("rate(<n> minutes|hours|days)"))?;
        let input = properties.get("Input")?.map(|input| read_json(&input)).transpose()?;
        let enabled = properties.get("Enabled")?.map_or(Ok(true), |enabled| enabled.boolean())?;
        let state = properties.get("State")?.map(|state| state.text()).transpose()?;
        Ok((enabled && state.as_deref() != Some("DISABLED")).then_some(Self { every, input }))
    }
}

fn read_json(property: &Property<'_>) -> Result<String, TemplateError> {
    let text = property.text()?;
    let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
    if is_json { Ok(text) } else { Err(property.invalid("a text that is JSON")) }
}

/// Parses `rate(5 minutes)`.
fn rate(expression: &str) -> Option<Duration> {
    let (count, unit) = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}
