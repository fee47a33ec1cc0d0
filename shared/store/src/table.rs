//! The table and the way to it.

pub(crate) mod item;
pub(crate) mod page;
pub(crate) mod retry;
pub(crate) mod row;
pub(crate) mod shard;
pub(crate) mod transaction;

use std::time::Duration;

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::Client;

use crate::{
    error::Error,
    table::{
        item::{Item, text},
        row::Key,
    },
};

/// Longer than DynamoDB ever needs, short enough for two more attempts within a request.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// The table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Store {
    /// Takes a client as it is, its retries and time-outs included.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Makes the client a function uses: credentials and region from the environment, 3 attempts of at most 2 s each; the
    /// endpoint is that of the region, unless another is named.
    pub async fn connect(table: impl Into<String>, endpoint: Option<String>) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_BACKOFF))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            )
            .load()
            .await;
        let mut config = aws_sdk_dynamodb::config::Builder::from(&config);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self::new(Client::from_conf(config.build()), table)
    }

    /// Reads a row that nobody has, so that the first request finds credentials and a warm connection.
    ///
    /// # Errors
    /// As any read: the caller may go on, its requests will tell.
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.get(&warm_up_key(), None).await.map(drop)
    }

    /// The same for a role that may query but not get.
    ///
    /// # Errors
    /// As [`Store::warm_up`].
    pub async fn warm_up_by_query(&self) -> Result<(), Error> {
        let Key { pk, sk } = warm_up_key();
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk = :sk")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":sk", text(sk))
            .limit(1)
            .send()
            .await?;
        Ok(())
    }

    /// One consistent read of a row, of all its attributes or of those named.
    pub(crate) async fn get(&self, key: &Key, attributes: Option<&str>) -> Result<Option<Item>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .set_projection_expression(attributes.map(str::to_owned))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item)
    }
}

fn warm_up_key() -> Key {
    Key { pk: "WARM_UP".into(), sk: "WARM_UP".into() }
}
