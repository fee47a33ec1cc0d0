//! The fixture of every test: a store with a fault injector, and direct access to its table.

use aws_sdk_dynamodb::{
    Client,
    config::{
        retry::{RetryConfig, RetryPartition},
        timeout::TimeoutConfig,
    },
};
use harness::{Row, Table, new_user_id, now_ms, partition_key, user_object};
use usher_contract::{ClerkUserId, Timestamp};
use usher_store::{Source, Store, SyncOutcome};

use crate::fault_injection::FaultInjector;

/// A store and its table.
pub(crate) struct Fixture {
    pub(crate) table: Table,
    pub(crate) injector: FaultInjector,
    /// A store whose SDK does not retry, so that a test sees the effect of each fault.
    pub(crate) store: Store,
    /// A store without faults, as in another process.
    pub(crate) other_process: Store,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::of(Table::shared().await)
    }

    /// Creates a fixture with a table that no other test uses.
    pub(crate) async fn with_own_table() -> Self {
        Self::of(Table::own().await)
    }

    fn of(table: Table) -> Self {
        let injector = FaultInjector::new();
        let store = store_with(&table, &injector, RetryConfig::disabled());
        let other_process = store_with(&table, &FaultInjector::new(), RetryConfig::disabled());
        Self { table, injector, store, other_process }
    }

    /// A store with the same injector whose SDK makes three attempts, like that of the functions.
    pub(crate) fn with_sdk_retries(&self) -> Store {
        let backoff = std::time::Duration::from_millis(1);
        store_with(
            &self.table,
            &self.injector,
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(backoff),
        )
    }

    /// Another store without faults, as in a third process.
    pub(crate) fn third_process(&self) -> Store {
        self.store_with(&FaultInjector::new())
    }

    /// A store with this injector, as in another process.
    pub(crate) fn store_with(&self, injector: &FaultInjector) -> Store {
        store_with(&self.table, injector, RetryConfig::disabled())
    }

    /// Creates a user.
    pub(crate) async fn user(&self) -> ClerkUserId {
        let user = new_user();
        assert_eq!(self.sync(&user, now_ms()).await, SyncOutcome::Created);
        user
    }

    /// Delivers a version of a user by a webhook.
    pub(crate) async fn sync(&self, user: &ClerkUserId, updated_at: i64) -> SyncOutcome {
        sync(&self.other_process, user, updated_at).await.unwrap()
    }

    /// All rows of a user.
    pub(crate) async fn rows(&self, user: &ClerkUserId) -> Vec<Row> {
        self.table.partition(&partition_key(user)).await
    }
}

/// A new user id.
pub(crate) fn new_user() -> ClerkUserId {
    ClerkUserId::parse(&new_user_id()).unwrap()
}

/// Delivers a version of a user by a webhook to this store.
pub(crate) async fn sync(
    store: &Store,
    user: &ClerkUserId,
    updated_at: i64,
) -> Result<SyncOutcome, usher_store::Error> {
    let object = user_object(user.as_str(), updated_at);
    let object = usher_clerk::User::parse(&object).unwrap();
    store.sync_user(&object, webhook(updated_at)).await
}

/// Gives the store a version of a user that was fetched from the Backend API.
pub(crate) async fn sync_fetched(
    store: &Store,
    user: &ClerkUserId,
    updated_at: i64,
) -> Result<SyncOutcome, usher_store::Error> {
    let object = user_object(user.as_str(), updated_at);
    store.sync_user(&usher_clerk::User::parse(&object).unwrap(), Source::BackendApi).await
}

/// A webhook with this event time.
pub(crate) fn webhook(event_at: i64) -> Source<'static> {
    Source::Webhook { event_at: Some(Timestamp::from_millis(event_at)), svix_id: "msg_1" }
}

fn store_with(table: &Table, injector: &FaultInjector, retries: RetryConfig) -> Store {
    let config = table
        .client
        .config()
        .to_builder()
        .http_client(injector.clone())
        .retry_config(retries)
        // Clients of one retry partition share a budget of retries. Each client here has its own.
        .retry_partition(RetryPartition::new(format!("{:x}", rand::random::<u128>())))
        .timeout_config(TimeoutConfig::disabled())
        .build();
    Store::new(Client::from_conf(config), &table.name)
}
