//! The rows of one kind, from the last key to the first, read page by page.

use std::collections::VecDeque;

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::ReturnConsumedCapacity};

use crate::{error::Error, table::item::Item};

/// The maximum size of the rows that a query reads, in bytes (Amazon DynamoDB, "Query").
pub(crate) const MAX_QUERY_BYTES: usize = 1024 * 1024;

/// The bytes of a unit of a consistent read (Amazon DynamoDB, "Read capacity").
const BYTES_OF_UNIT: f64 = 4096.0;

/// The rows that were read and not taken, and how to read on.
pub(super) struct Rows<T> {
    query: QueryFluentBuilder,
    parse: fn(Item) -> Result<T, Error>,
    rows: VecDeque<T>,
    /// The maximum number of rows of the next query. A search whose first rows have enough hits needs no more.
    limit: Option<i32>,
    /// The last row that was read.
    after: Option<Item>,
    is_read: bool,
}

impl<T> Rows<T> {
    /// Makes rows of which nothing is read. The first query reads at most this many rows.
    pub(super) fn new(query: QueryFluentBuilder, first: i32, parse: fn(Item) -> Result<T, Error>) -> Self {
        let query = query.scan_index_forward(false).return_consumed_capacity(ReturnConsumedCapacity::Total);
        Self { query, parse, rows: VecDeque::new(), limit: Some(first), after: None, is_read: false }
    }

    /// Passes all rows over.
    pub(super) fn skip_all(&mut self) {
        self.is_read = true;
    }

    /// Returns whether the next row is not known.
    pub(super) fn needs_query(&self) -> bool {
        self.rows.is_empty() && !self.is_read
    }

    /// Returns whether there is no row left.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.is_read
    }

    /// Returns the next row, if it is known.
    pub(super) fn first(&self) -> Option<&T> {
        self.rows.front()
    }

    /// Takes the next row, if it is known.
    pub(super) fn take(&mut self) -> Option<T> {
        self.rows.pop_front()
    }

    /// Reads more rows if the next one is not known. Returns the size of what was read, in bytes.
    pub(super) async fn query_if_needed(&mut self) -> Result<usize, Error> {
        if !self.needs_query() {
            return Ok(0);
        }
        let query = self.query.clone().set_limit(self.limit.take()).set_exclusive_start_key(self.after.take());
        let answer = query.send().await?;
        self.after = answer.last_evaluated_key.filter(|key| !key.is_empty());
        self.is_read = self.after.is_none();
        for row in answer.items.unwrap_or_default() {
            self.rows.push_back((self.parse)(row)?);
        }
        let units = answer.consumed_capacity.and_then(|consumed| consumed.capacity_units);
        // A conversion from `f64` saturates.
        Ok(units.map_or(MAX_QUERY_BYTES, |units| (units * BYTES_OF_UNIT) as usize))
    }
}
