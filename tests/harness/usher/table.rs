//! The table as it is, not as a route shows it.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use bytes::Bytes;
use local::InvokeError;
use serde_json::Value;

use super::Usher;
use crate::row::Row;

/// DynamoDB's limit of a BatchWriteItem.
const BATCH: usize = 25;

impl Usher {
    /// All rows of a user, in the order of their keys.
    pub async fn rows(&self, user_id: &str) -> Vec<Row> {
        let request = self.dynamodb.query().table_name(self.running.stack.table_name()).consistent_read(true);
        let request = request.key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", AttributeValue::S(format!("USER#{user_id}")));
        request.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }

    /// Every row there is, in no order.
    pub async fn scan(&self) -> Vec<Row> {
        let request = self.dynamodb.scan().table_name(self.running.stack.table_name()).consistent_read(true);
        request.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }

    /// Writes rows behind the back of the functions: more than a test has the time to ask for.
    pub async fn seed(&self, rows: &[Row]) {
        for rows in rows.chunks(BATCH) {
            let puts = rows.iter().map(|row| PutRequest::builder().set_item(Some(row.clone())).build().unwrap());
            let mut writes: Vec<_> = puts.map(|put| WriteRequest::builder().put_request(put).build()).collect();
            while !writes.is_empty() {
                let table = self.running.stack.table_name();
                let answer = self.dynamodb.batch_write_item().request_items(table, writes).send().await.unwrap();
                writes = answer.unprocessed_items.unwrap_or_default().remove(table).unwrap_or_default();
            }
        }
    }

    /// Takes the row of a user away, as if no webhook had ever arrived.
    pub async fn remove_user_row(&self, user_id: &str) {
        let request = self.dynamodb.delete_item().table_name(self.running.stack.table_name());
        let request = request.key("pk", AttributeValue::S(format!("USER#{user_id}")));
        request.key("sk", AttributeValue::S("USER".to_owned())).send().await.unwrap();
    }

    /// Invokes a function with an event, and waits for its answer.
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Value, InvokeError> {
        let answer = self.running.stack.invoke(function, event).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// The ids of a function's processes.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.running.stack.processes(function)
    }

    /// Invokes a function as its schedule does, and waits for its end.
    pub async fn run_schedule(&self, function: &str) {
        let event = r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;
        self.running.stack.invoke(function, Bytes::from_static(event.as_bytes())).await.unwrap();
    }
}
