//! `/control/rows`: the rows of a user, and their changes.

use std::sync::Arc;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use axum::{
    Json,
    extract::{Query, State},
};
use clerk_emulator::Clerk;
use lambda_emulator::error_chain;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::console::{
    StackConsole,
    control_error::ControlError,
    plain::{plain_image, plain_item},
};

/// The beginning of the partition key of a user's rows. The end-to-end tests notice if the store has another.
const USER_PARTITION: &str = "USER#";
const PK: &str = "pk";
const SK: &str = "sk";
/// The index of the rows that belong to a WebSocket connection, and its key.
const CONNECTION_INDEX: &str = "connection_id-index";
const CONNECTION_ID: &str = "connection_id";
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 1000;

/// The table.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    client: Client,
    table: Arc<str>,
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    user_id: Option<String>,
    limit: Option<usize>,
}

/// Lists the rows of a user, read consistently, in the reverse order of their sort keys: the user comes first.
pub(super) async fn list(
    State(console): State<StackConsole>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ControlError> {
    let user_id = query.user_id.filter(|id| !id.is_empty());
    let user_id =
        user_id.ok_or_else(|| ControlError::Parameter { name: "user_id", expected: "the id of a user".to_owned() })?;
    let limit = read_limit(query.limit, DEFAULT_LIMIT)?;
    let (rows, has_more) = console.rows.query(&user_id, limit).await?;
    Ok(Json(json!({"object": "list", "data": rows, "has_more": has_more})))
}

/// Checks the `limit` of a list.
pub(super) fn read_limit(given: Option<usize>, default: usize) -> Result<usize, ControlError> {
    let limit = given.unwrap_or(default);
    let expected = || format!("an integer from 1 to {MAX_LIMIT}");
    let is_within = (1..=MAX_LIMIT).contains(&limit);
    if is_within { Ok(limit) } else { Err(ControlError::Parameter { name: "limit", expected: expected() }) }
}

impl Rows {
    pub(super) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into() }
    }

    /// Returns rows of a user, and whether there are more.
    async fn query(&self, user_id: &str, limit: usize) -> Result<(Vec<Value>, bool), ControlError> {
        let request = self.client.query().table_name(&*self.table).key_condition_expression("#pk = :pk");
        let request = request
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", AttributeValue::S(format!("{USER_PARTITION}{user_id}")))
            .consistent_read(true)
            .scan_index_forward(false);
        let mut rows = Vec::new();
        let mut start = None;
        while rows.len() <= limit {
            let page = request.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| ControlError::Table { reason: error_chain(&error) })?;
            rows.extend(page.items().iter().map(|item| {
                let attributes = plain_item(item);
                row(&attributes[PK], &attributes[SK], attributes.clone())
            }));
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, has_more))
    }

    /// Returns the user of a WebSocket connection. `None` if the connection has no row yet, or the table no such index.
    pub(super) async fn user_of_connection(&self, connection_id: &str) -> Option<String> {
        let request = self.client.query().table_name(&*self.table).index_name(CONNECTION_INDEX);
        let request = request
            .key_condition_expression("#id = :id")
            .expression_attribute_names("#id", CONNECTION_ID)
            .expression_attribute_values(":id", AttributeValue::S(connection_id.to_owned()));
        let page = request.send().await.ok()?;
        let partition = page.items().first()?.get(PK)?.as_s().ok()?;
        partition.strip_prefix(USER_PARTITION).map(str::to_owned)
    }
}

/// Returns the object of a row. The kind is the beginning of its sort key, as in `thread`.
fn row(pk: &Value, sk: &Value, attributes: Value) -> Value {
    let (pk, sk) = (pk.as_str().unwrap_or_default(), sk.as_str().unwrap_or_default());
    let kind = sk.split('#').next().unwrap_or_default().to_lowercase();
    json!({
        "object": "row",
        "user_id": pk.strip_prefix(USER_PARTITION),
        "kind": kind,
        "key": {"pk": pk, "sk": sk},
        "attributes": attributes,
    })
}

/// Publishes each record of the stream as an event `row`, until the stack ends.
pub(super) async fn follow(mut records: Receiver<Arc<Value>>, clerk: Clerk) {
    loop {
        match records.recv().await {
            Ok(record) => clerk.publish("row", changed_row(&record)),
            // A reader of the events may then show an old row until it changes again.
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "the console has missed changes of rows"),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Returns the object of a changed row. One that was removed has no attributes.
fn changed_row(record: &Value) -> Value {
    let change = &record["dynamodb"];
    let keys = plain_image(&change["Keys"]);
    let attributes = change.get("NewImage").map_or(Value::Null, plain_image);
    let mut row = row(&keys[PK], &keys[SK], attributes);
    row["change"] = record["eventName"].clone();
    // DynamoDB itself removes only expired rows.
    row["expired"] = json!(record.get("userIdentity").is_some());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_row_with_its_change() {
        let keys = json!({"pk": {"S": "USER#user_1"}, "sk": {"S": "THREAD#1"}});
        let record = |name: &str, image: Value| {
            let mut record = json!({"eventName": name, "dynamodb": {"Keys": keys}});
            if !image.is_null() {
                record["dynamodb"]["NewImage"] = image;
            }
            record
        };
        let changed = changed_row(&record("MODIFY", json!({"title": {"S": "Engines"}})));
        let expected = json!({
            "object": "row",
            "user_id": "user_1",
            "kind": "thread",
            "key": {"pk": "USER#user_1", "sk": "THREAD#1"},
            "attributes": {"title": "Engines"},
            "change": "MODIFY",
            "expired": false,
        });
        assert_eq!(changed, expected);
        let mut expiry = record("REMOVE", Value::Null);
        expiry["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        let removed = changed_row(&expiry);
        assert_eq!((&removed["attributes"], &removed["expired"]), (&Value::Null, &json!(true)));
    }
}
