//! Access to the table: the client, reads, conditional writes and transactions.

pub(crate) mod attribute;
pub(crate) mod image;
pub(crate) mod item;
pub(crate) mod page;
pub(crate) mod retry;
pub(crate) mod row;
pub(crate) mod row_id;
pub(crate) mod row_kind;
pub(crate) mod shard;
pub(crate) mod transaction;
pub(crate) mod write;

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        get_item::builders::GetItemFluentBuilder, query::builders::QueryFluentBuilder,
        update_item::builders::UpdateItemFluentBuilder,
    },
};
use usher_aws::{Attempts, sdk_config};
use usher_contract::ClerkUserId;
use usher_http::HttpClient;

use crate::{
    error::Error,
    table::{
        attribute::{PK, SK},
        item::{Item, text},
        row::{Key, SortKeys},
        row_kind::RowKind,
    },
};

/// The time is longer than DynamoDB ever needs, and short enough for two more attempts within a request.
const ATTEMPTS: Attempts =
    Attempts { number: 3, timeout: Duration::from_secs(2), first_backoff: Duration::from_millis(50) };

/// The table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Store {
    /// Uses a client as it is, with its own retries and time-outs.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Makes the client that a function uses, with credentials and region of the environment. A request has 3
    /// attempts of at most 2 s each. `endpoint` replaces the endpoint of the region.
    pub fn connect(table: impl Into<String>, endpoint: Option<String>, http: &HttpClient) -> Self {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&sdk_config("DYNAMODB", http, ATTEMPTS));
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self::new(Client::from_conf(config.build()), table)
    }

    /// Reads a row that does not exist, so that the first request finds credentials and a warm connection.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses. The caller can go on, because later requests report the same error.
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.get(&warm_up_key()).await.map(drop)
    }

    /// Does the same as [`Store::warm_up`] for a role that may query but not get.
    ///
    /// # Errors
    /// As [`Store::warm_up`].
    pub async fn warm_up_by_query(&self) -> Result<(), Error> {
        let key = warm_up_key();
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression(format!("{PK} = :pk AND {SK} = :sk"))
            .expression_attribute_values(":pk", text(key.pk))
            .expression_attribute_values(":sk", text(key.sk))
            .limit(1)
            .send()
            .await?;
        Ok(())
    }

    /// Reads a row consistently, with all its attributes.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        Ok(self.consistent_get(key).send().await?.item)
    }

    /// Reads the named attributes of a row consistently.
    pub(crate) async fn get_attributes(&self, key: &Key, names: &[&str]) -> Result<Option<Item>, Error> {
        Ok(self.consistent_get(key).projection_expression(names.join(", ")).send().await?.item)
    }

    fn consistent_get(&self, key: &Key) -> GetItemFluentBuilder {
        self.client.get_item().table_name(&self.table).set_key(Some(key.item())).consistent_read(true)
    }

    /// Begins a consistent query of rows in one partition.
    pub(crate) fn query_rows(&self, pk: &str, sort_keys: &SortKeys) -> QueryFluentBuilder {
        let (condition, value, last) = match sort_keys {
            SortKeys::BeginWith(prefix) => (format!("begins_with({SK}, :sk)"), prefix, None),
            SortKeys::Before(end) => (format!("{SK} < :sk"), end, None),
            SortKeys::Between(first, last) => (format!("{SK} BETWEEN :sk AND :last"), first, Some(last)),
        };
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("{PK} = :pk AND {condition}"))
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":sk", text(value));
        match last {
            Some(last) => query.expression_attribute_values(":last", text(last)),
            None => query,
        }
    }

    /// Reads all rows of a kind that a user has, consistently and page by page.
    pub(crate) async fn rows_of_kind(&self, user: &ClerkUserId, kind: RowKind) -> Result<Vec<Item>, Error> {
        let sort_keys = SortKeys::BeginWith(kind.sort_key_prefix().into());
        let rows = self.query_rows(&Key::user(user).pk, &sort_keys).into_paginator().items().send();
        Ok(rows.collect::<Result<_, _>>().await?)
    }

    /// Begins an update of a row.
    pub(crate) fn update_row(&self, key: &Key, expression: impl Into<String>) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.table).set_key(Some(key.item()));
        request.update_expression(expression)
    }
}

fn warm_up_key() -> Key {
    Key { pk: "WARM_UP".into(), sk: "WARM_UP".into() }
}
