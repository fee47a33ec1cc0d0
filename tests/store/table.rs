//! The table, past the store: one engine for all tests, who each have users of their own.

use std::sync::OnceLock;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use harness::Row;
use local::{
    dynamodb::{Engine, Storage, ensure_table},
    find_template,
    template::Template,
};

/// Names another engine than the embedded one, by its URL.
pub(crate) const ENDPOINT: &str = "USHER_DYNAMODB_ENDPOINT";

/// The table as a test writes and reads it itself.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

/// Whether the engine is the embedded one.
pub(crate) fn is_embedded() -> bool {
    std::env::var_os(ENDPOINT).is_none()
}

/// The engine, started when it is first asked for.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let storage = std::env::var(ENDPOINT).map_or(Storage::Memory, Storage::External);
        Engine::start(storage, &template()).unwrap()
    })
}

/// The template, but its table has no stream: nothing here reads it, and to count on, the embedded engine looks through
/// the whole stream at every write.
fn template() -> Template {
    let mut template = Template::load(&find_template()).unwrap();
    template.table.name.push_str("WithoutStream");
    template.table.stream_view_type = None;
    template
}

impl Table {
    pub(crate) async fn open() -> Self {
        let engine = tokio::task::spawn_blocking(engine).await.unwrap();
        Self { client: local::dynamodb::client(engine.endpoint()).await, name: engine.table_name().to_owned() }
    }

    /// A table that no other test uses.
    pub(crate) async fn own() -> Self {
        let Self { client, .. } = Self::open().await;
        let mut table = template().table;
        table.name = format!("{}-{}", table.name, uuid::Uuid::now_v7().simple());
        assert!(ensure_table(&client, engine().endpoint(), &table).await.unwrap());
        Self { client, name: table.name }
    }

    /// Writes rows as they are.
    pub(crate) async fn seed(&self, rows: impl IntoIterator<Item = Row>) {
        let put = |row| {
            let put = PutRequest::builder().set_item(Some(row)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        };
        stream::iter(rows.into_iter().map(put))
            .chunks(25)
            .map(|batch| async {
                let answer = self.client.batch_write_item().request_items(&self.name, batch).send().await?;
                assert!(answer.unprocessed_items().is_none_or(|left| left.is_empty()));
                Ok::<_, aws_sdk_dynamodb::Error>(())
            })
            .buffer_unordered(4)
            .try_collect::<()>()
            .await
            .unwrap();
    }

    /// Removes a row, as DynamoDB does once it has expired.
    pub(crate) async fn remove(&self, row: &Row) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), row[name].clone()));
        self.client.delete_item().table_name(&self.name).set_key(Some(key.into())).send().await.unwrap();
    }

    /// All rows of a partition, in the order of their keys.
    pub(crate) async fn partition(&self, pk: &str) -> Vec<Row> {
        self.client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .unwrap()
    }

    /// All rows there are.
    pub(crate) async fn all(&self) -> Vec<Row> {
        let pages = self.client.scan().table_name(&self.name).consistent_read(true).into_paginator();
        pages.items().send().try_collect().await.unwrap()
    }
}
