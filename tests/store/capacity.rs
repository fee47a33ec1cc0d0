//! The round trips and the consumed capacity of each operation. A change here changes the bill.

use harness::is_embedded;

use crate::{fixture::Fixture, operations::Operation};

/// Calls joined by `+` run at the same time, calls joined by `→` one after the other. Transactions count double.
/// DynamoDB does not report the capacity of a cancelled transaction.
pub(crate) const TABLE: &str = "\
operation | calls | RCU | WCU
warm_up | GetItem | 1 | 0
warm_up_by_query | Query | 0.5 | 0
sync_user, a new one | PutItem | 0 | 3
sync_user, a known one | PutItem | 0 | 2
sync_user, fetched | PutItem | 0 | 3
compare_users | BatchGetItem | 2 | 0
list_user_ids, of all shards | Query → Query → Query → Query → Query → Query → Query → Query → \
Query → Query → Query → Query → Query → Query → Query → Query | 8 | 0
get_sync_state | GetItem | 1 | 0
mark_unknown | UpdateItem | 0 | 2
mark_known | UpdateItem | 0 | 2
get_checkpoint | GetItem | 1 | 0
save_checkpoint | PutItem | 0 | 1
get_current_user | GetItem | 1 | 0
get_account | GetItem | 1 | 0
get_user | 2 GetItem | 2 | 0
create_thread | TransactWriteItems | 0 | 6
create_thread, with a key | TransactWriteItems | 0 | 8
list_threads | GetItem + Query | 2 | 0
get_thread | 2 GetItem | 2 | 0
update_thread | TransactWriteItems | 0 | 6
delete_thread, 132 messages | GetItem + Query → TransactWriteItems | 5 | 201
create_message | TransactWriteItems | 0 | 8
create_message, with a key | TransactWriteItems | 0 | 10
create_exchange | TransactWriteItems | 0 | 10
create_exchange, with a key | TransactWriteItems | 0 | 12
list_messages | 2 GetItem + Query | 3 | 0
list_messages, with a reply that grows slowly | 2 GetItem + Query → GetItem | 4 | 0
get_message | 3 GetItem | 3 | 0
get_message, a reply that grows slowly | 3 GetItem → GetItem | 4 | 0
begin_reply | Query → TransactWriteItems | 1 | 12
begin_reply, with a key | Query → TransactWriteItems | 1 | 14
write_reply | TransactWriteItems | 0 | 10
check_reply | 3 GetItem | 3 | 0
renew_reply | 2 GetItem + UpdateItem | 2 | 1
end_reply | TransactWriteItems | 0 | 10
stop_reply | 3 GetItem → TransactWriteItems | 3 | 8
take_over_reply | 3 GetItem + Query → TransactWriteItems | 4 | 8
list_past_messages | Query | 1 | 0
title_thread | TransactWriteItems | 0 | 6
search, in both kinds | GetItem + 2 Query | 3 | 0
search, in threads | GetItem + Query | 2 | 0
export_page | GetItem + Query → Query | 3 | 0
get_settings | 2 GetItem | 2 | 0
update_settings | 2 GetItem → TransactWriteItems | 2 | 6
renew_connection, a new one | UpdateItem → Query → TransactWriteItems → Query | 1 | 9
renew_connection, a known one | UpdateItem | 0 | 1
list_connections | Query | 1 | 0
users_of_connection | Query | 0.5 | 0
remove_connection | DeleteItem | 0 | 2
end_session | TransactWriteItems | 0 | 6
list_ended_sessions | Query | 1 | 0
delete_user, 134 children | Query → TransactWriteItems | 4 | 204
delete_user, while rows are left | Query → TransactWriteItems → UpdateItem | 2 | 0
list_pending_deletions | 16 Query | 8 | 0
purge of a user, 35 rows left | GetItem → Query → UpdateItem → 2 BatchWriteItem → Query → UpdateItem | 4 | 38
purge of a user, not settled | GetItem → Query → UpdateItem → 2 BatchWriteItem → Query → UpdateItem | 4 | 37
purge of a thread, 33 rows left | GetItem → Query → UpdateItem → 2 BatchWriteItem → Query → UpdateItem | 4 | 36
";

#[tokio::test]
async fn every_operation_has_its_known_calls_and_capacity() {
    let fixture = Fixture::with_own_table().await;
    let mut table = String::from("operation | calls | RCU | WCU\n");
    for operation in Operation::ALL {
        let scene = operation.prepare(&fixture).await;
        fixture.injector.forward_all();
        operation.run(&fixture.store, &scene).await.unwrap();
        let calls = fixture.injector.take_calls();
        let (read, write) = calls.capacity();
        table += &format!("{} | {} | {read} | {write}\n", operation.name(), calls.round_trips());
    }
    if is_embedded() {
        assert!(table == TABLE, "it is now\n{table}");
    } else {
        assert_eq!(without_capacity(&table), without_capacity(TABLE));
    }
}

fn without_capacity(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split(" | ").take(2).collect()).collect()
}
