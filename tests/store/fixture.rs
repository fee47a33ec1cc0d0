//! What every test starts from: a store over a injector, and the table past it.

use aws_sdk_dynamodb::{
    Client,
    config::{
        retry::{RetryConfig, RetryPartition},
        timeout::TimeoutConfig,
    },
};
use harness::{Row, Table, new_user_id, now_ms, partition_key, user_object};
use usher_store::{ClerkUserId, Source, Store, SyncOutcome, Timestamp};

use crate::fault_injection::FaultInjector;

pub(crate) struct Fixture {
    pub(crate) table: Table,
    pub(crate) injector: FaultInjector,
    /// Tries nothing again that the store does not: a test sees what each fault does.
    pub(crate) store: Store,
    /// Another process: a store over a injector on which nothing happens.
    pub(crate) other_process: Store,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::of(Table::shared().await)
    }

    /// With a table that no other test uses.
    pub(crate) async fn with_own_table() -> Self {
        Self::of(Table::own().await)
    }

    fn of(table: Table) -> Self {
        let injector = FaultInjector::new();
        let store = over(&table, &injector, RetryConfig::disabled());
        let other_process = over(&table, &FaultInjector::new(), RetryConfig::disabled());
        Self { table, injector, store, other_process }
    }

    /// A store over the same injector whose SDK makes three attempts, as the functions' does.
    pub(crate) fn with_sdk_retries(&self) -> Store {
        let backoff = std::time::Duration::from_millis(1);
        over(&self.table, &self.injector, RetryConfig::standard().with_max_attempts(3).with_initial_backoff(backoff))
    }

    /// Yet another process.
    pub(crate) fn third_process(&self) -> Store {
        self.over(&FaultInjector::new())
    }

    /// A process with a injector of its own.
    pub(crate) fn over(&self, injector: &FaultInjector) -> Store {
        over(&self.table, injector, RetryConfig::disabled())
    }

    /// A user who was just synced.
    pub(crate) async fn user(&self) -> ClerkUserId {
        let user = new_user();
        assert_eq!(self.sync(&user, now_ms()).await, SyncOutcome::Created);
        user
    }

    /// Delivers a version of a user.
    pub(crate) async fn sync(&self, user: &ClerkUserId, updated_at: i64) -> SyncOutcome {
        sync(&self.other_process, user, updated_at).await.unwrap()
    }

    /// All rows of a user.
    pub(crate) async fn rows(&self, user: &ClerkUserId) -> Vec<Row> {
        self.table.partition(&partition_key(user)).await
    }
}

/// The id of a user nobody has seen before.
pub(crate) fn new_user() -> ClerkUserId {
    ClerkUserId::parse(&new_user_id()).unwrap()
}

/// Delivers a version of a user through `store`.
pub(crate) async fn sync(
    store: &Store,
    user: &ClerkUserId,
    updated_at: i64,
) -> Result<SyncOutcome, usher_store::Error> {
    let object = user_object(user.as_str(), updated_at);
    let object = usher_clerk::User::parse(&object).unwrap();
    store.sync_user(&object, webhook(updated_at)).await
}

/// Keeps a version of a user that was fetched from Clerk.
pub(crate) async fn fetched(
    store: &Store,
    user: &ClerkUserId,
    updated_at: i64,
) -> Result<SyncOutcome, usher_store::Error> {
    let object = user_object(user.as_str(), updated_at);
    store.sync_user(&usher_clerk::User::parse(&object).unwrap(), Source::BackendApi).await
}

/// A webhook that arose at this time.
pub(crate) fn webhook(event_at: i64) -> Source<'static> {
    Source::Webhook { event_at: Some(Timestamp::from_millis(event_at)), svix_id: "msg_1" }
}

fn over(table: &Table, injector: &FaultInjector, retries: RetryConfig) -> Store {
    let config = table
        .client
        .config()
        .to_builder()
        .http_client(injector.clone())
        .retry_config(retries)
        // Attempts are paid from an account that clients of one partition share: here each has its own.
        .retry_partition(RetryPartition::new(format!("{:x}", rand::random::<u128>())))
        .timeout_config(TimeoutConfig::disabled())
        .build();
    Store::new(Client::from_conf(config), &table.name)
}
