//! Recorded calls.

use std::collections::BTreeMap;

use serde_json::Value;

/// A call to DynamoDB.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The number of the call, counted from 1.
    pub(crate) number: usize,
    /// `GetItem`, `Query`, …
    pub(crate) operation: String,
    pub(crate) request: Value,
    /// The response of DynamoDB, even if the caller did not receive it. `None` if the call was not forwarded or failed.
    pub(crate) response: Option<Value>,
    pub(crate) began: u64,
    pub(crate) ended: Option<u64>,
}

/// Calls in the order in which they began.
#[derive(Debug, Clone)]
pub(crate) struct Calls(pub(crate) Vec<Call>);

impl Call {
    pub(crate) fn is(&self, operation: &str) -> bool {
        self.operation == operation
    }

    /// Returns whether the call can change a row.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.operation.as_str(), "BatchGetItem" | "GetItem" | "Query")
    }

    /// The number of actions in a transaction.
    pub(crate) fn actions(&self) -> usize {
        self.request["TransactItems"].as_array().map_or(0, Vec::len)
    }

    /// The number of writes in a batch.
    pub(crate) fn batch(&self) -> usize {
        let tables = self.request["RequestItems"].as_object();
        tables.into_iter().flat_map(|tables| tables.values()).filter_map(Value::as_array).map(Vec::len).sum()
    }

    /// The number of rows that a query returned, or 0 without a response.
    pub(crate) fn found(&self) -> usize {
        self.response.as_ref().and_then(|response| response["Items"].as_array()).map_or(0, Vec::len)
    }

    /// The consumed capacity in units.
    fn capacity(&self) -> f64 {
        let consumed = self.response.as_ref().map_or(&Value::Null, |response| &response["ConsumedCapacity"]);
        let units = |consumed: &Value| consumed["CapacityUnits"].as_f64().unwrap_or_default();
        consumed.as_array().map_or_else(|| units(consumed), |tables| tables.iter().map(units).sum())
    }
}

impl Calls {
    pub(crate) fn of<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a Call> {
        self.0.iter().filter(move |call| call.is(operation))
    }

    /// The consumed read and write capacity in units.
    pub(crate) fn capacity(&self) -> (f64, f64) {
        let sum = |writes| {
            self.0.iter().filter(|call| call.is_write() == writes).fold(0.0, |sum, call| sum + call.capacity())
        };
        (sum(false), sum(true))
    }

    /// The names of the calls: ` + ` joins calls that ran at the same time, ` → ` those that followed each other.
    pub(crate) fn round_trips(&self) -> String {
        let mut trips: Vec<(u64, BTreeMap<&str, usize>)> = Vec::new();
        for call in &self.0 {
            let ended = call.ended.unwrap_or(u64::MAX);
            match trips.last_mut() {
                Some((first_end, trip)) if call.began < *first_end => {
                    *first_end = ended.min(*first_end);
                    *trip.entry(&call.operation).or_default() += 1;
                }
                _ => trips.push((ended, BTreeMap::from([(call.operation.as_str(), 1)]))),
            }
        }
        let name = |(operation, count): (&&str, &usize)| match count {
            1 => (*operation).to_owned(),
            _ => format!("{count} {operation}"),
        };
        let trips = trips.iter().map(|(_, trip)| trip.iter().map(name).collect::<Vec<_>>().join(" + "));
        trips.collect::<Vec<_>>().join(" → ")
    }

    /// The maximum number of calls of an operation that ran at the same time.
    pub(crate) fn most_at_once(&self, operation: &str) -> usize {
        let running = |at: u64| {
            self.of(operation).filter(|call| call.began <= at && call.ended.is_none_or(|end| at < end)).count()
        };
        self.of(operation).map(|call| running(call.began)).max().unwrap_or_default()
    }
}
