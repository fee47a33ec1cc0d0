//! Direct access to a table, without the store or a function.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures_util::{StreamExt as _, stream};

use crate::row::Row;

/// The maximum number of writes in a `BatchWriteItem`.
const BATCH: usize = 25;

/// A table that a test reads and writes itself.
#[derive(Debug, Clone)]
pub struct Table {
    /// A client of the table's DynamoDB.
    pub client: Client,
    /// The table's name.
    pub name: String,
}

impl Table {
    /// Writes rows, up to 100 at once.
    pub async fn seed(&self, rows: impl IntoIterator<Item = Row>) {
        let put = |row| {
            let put = PutRequest::builder().set_item(Some(row)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        };
        stream::iter(rows.into_iter().map(put)).chunks(BATCH).for_each_concurrent(4, |writes| self.write(writes)).await;
    }

    async fn write(&self, mut writes: Vec<WriteRequest>) {
        while !writes.is_empty() {
            let answer = self.client.batch_write_item().request_items(&self.name, writes).send().await.unwrap();
            writes = answer.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
        }
    }

    /// Reads the row with this key.
    pub async fn row(&self, pk: &str, sk: &str) -> Option<Row> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let [pk, sk] = [pk, sk].map(|value| AttributeValue::S(value.to_owned()));
        request.key("pk", pk).key("sk", sk).send().await.unwrap().item
    }

    /// Deletes a row, as DynamoDB does after the row has expired.
    pub async fn remove(&self, row: &Row) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), row[name].clone()));
        self.client.delete_item().table_name(&self.name).set_key(Some(key.into())).send().await.unwrap();
    }

    /// Reads all rows of a partition, in the order of their sort keys.
    pub async fn partition(&self, pk: &str) -> Vec<Row> {
        let request = self.client.query().table_name(&self.name).consistent_read(true);
        let request = request.key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        request.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }

    /// Reads all rows of the table, in no particular order.
    pub async fn all(&self) -> Vec<Row> {
        let request = self.client.scan().table_name(&self.name).consistent_read(true);
        request.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }
}
