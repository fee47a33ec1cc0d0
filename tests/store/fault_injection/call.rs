//! Calls as they were made.

use std::collections::BTreeMap;

use serde_json::Value;

/// A call to DynamoDB.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Counted from 1.
    pub(crate) number: usize,
    /// `GetItem`, `Query`, …
    pub(crate) operation: String,
    pub(crate) request: Value,
    /// What DynamoDB answered, if it was asked and has answered; in `LoseAnswer` nobody else saw it.
    pub(crate) answer: Option<Value>,
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

    /// Whether DynamoDB changes something for it.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.operation.as_str(), "BatchGetItem" | "GetItem" | "Query")
    }

    /// How many actions a transaction has.
    pub(crate) fn actions(&self) -> usize {
        self.request["TransactItems"].as_array().map_or(0, Vec::len)
    }

    /// How many writes a batch has.
    pub(crate) fn batch(&self) -> usize {
        let tables = self.request["RequestItems"].as_object();
        tables.into_iter().flat_map(|tables| tables.values()).filter_map(Value::as_array).map(Vec::len).sum()
    }

    /// How many rows a query found; 0 while it is not answered.
    pub(crate) fn found(&self) -> usize {
        self.answer.as_ref().and_then(|answer| answer["Items"].as_array()).map_or(0, Vec::len)
    }

    /// The capacity that DynamoDB counted.
    fn capacity(&self) -> f64 {
        let consumed = self.answer.as_ref().map_or(&Value::Null, |answer| &answer["ConsumedCapacity"]);
        let units = |consumed: &Value| consumed["CapacityUnits"].as_f64().unwrap_or_default();
        consumed.as_array().map_or_else(|| units(consumed), |tables| tables.iter().map(units).sum())
    }
}

impl Calls {
    pub(crate) fn of<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a Call> {
        self.0.iter().filter(move |call| call.is(operation))
    }

    /// Read and write capacity consumed.
    pub(crate) fn capacity(&self) -> (f64, f64) {
        let sum = |writes| {
            self.0.iter().filter(|call| call.is_write() == writes).fold(0.0, |sum, call| sum + call.capacity())
        };
        (sum(false), sum(true))
    }

    /// The round trips, ` → ` between those that followed another, ` + ` between those under way at once.
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

    /// The most calls of an operation that were under way at once.
    pub(crate) fn most_at_once(&self, operation: &str) -> usize {
        let under_way = |at: u64| {
            self.of(operation).filter(|call| call.began <= at && call.ended.is_none_or(|end| at < end)).count()
        };
        self.of(operation).map(|call| under_way(call.began)).max().unwrap_or_default()
    }
}
