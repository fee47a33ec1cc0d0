//! Every kind of row has a deletion rule, and the deletions follow it.

use std::collections::HashMap;

use harness::{Row, attributes, message_rows, text};
use serde_json::json;
use usher_contract::{ClerkSessionId, ClerkUserId, ThreadId};
use usher_store::{ConnectionId, DeletionRule, IfMatch, Owner, RowKind};

use crate::{
    builders::{message, model, patch, request},
    fixture::Fixture,
    operations::Operation,
    passes::{AT_ONCE, account, purge},
};

/// Makes the store write a row of a kind. Rows that belong to a thread belong to `thread`.
async fn write(fixture: &Fixture, user: &ClerkUserId, thread: ThreadId, kind: RowKind) {
    let store = &fixture.store;
    match kind {
        RowKind::User => {
            fixture.sync(user, harness::now_ms() + 1).await;
        }
        RowKind::Thread => drop(store.create_thread(user, None, None).await.unwrap()),
        RowKind::Message => drop(store.create_message(user, thread, message("Hello"), None).await.unwrap()),
        RowKind::Settings => {
            store.update_settings(user, &patch(json!({"a": 1})), &IfMatch::Any).await.unwrap();
        }
        RowKind::Connection => {
            let id = ConnectionId::parse(&user.as_str().replace("user_", "connection_")).unwrap();
            store.renew_connection(user, &id, Some("sess_1")).await.unwrap();
        }
        RowKind::Session => store.end_session(user, &ClerkSessionId::parse("sess_2").unwrap()).await.unwrap(),
        RowKind::Reply => {
            store.begin_reply(user, thread, &message("Hello"), &model("m"), None).await.unwrap();
        }
        RowKind::Request => {
            store.create_thread(user, None, Some(&request("key", ""))).await.unwrap();
        }
    }
}

fn kind(row: &Row) -> RowKind {
    let sort_key = text(row, "sk");
    RowKind::of_sort_key(sort_key).unwrap_or_else(|| panic!("no kind has rows like {sort_key}"))
}

/// Creates a user with a row of every kind and a thread with additional messages.
async fn user_with_all(fixture: &Fixture, messages: usize) -> (ClerkUserId, ThreadId) {
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    for kind in RowKind::ALL.iter().copied() {
        write(fixture, &user, thread, kind).await;
    }
    let rows = fixture.rows(&user).await;
    for expected in RowKind::ALL.iter().copied() {
        assert!(rows.iter().any(|row| kind(row) == expected), "no row of {expected:?} was written");
    }
    fixture.table.seed(message_rows(&user, thread, messages)).await;
    (user, thread)
}

#[tokio::test]
async fn an_account_deletion_follows_the_rule_of_every_kind() {
    let fixture = Fixture::new().await;
    // Without messages the transaction erases all rows. With them the purge erases the rest.
    for messages in [0, 200] {
        let (user, _) = user_with_all(&fixture, messages).await;
        let before = fixture.rows(&user).await;
        fixture.store.delete_user(&user).await.unwrap();
        purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
        let after = by_key(fixture.rows(&user).await);
        for row in &before {
            let left = after.get(text(row, "sk"));
            match kind(row).deletion_rule() {
                DeletionRule::Tombstone => assert!(left.unwrap().contains_key("deleted_at")),
                DeletionRule::WithUser | DeletionRule::WithThread | DeletionRule::TombstoneWithUser => {
                    assert_eq!(left, None, "{:?}", kind(row));
                }
            }
        }
        assert_eq!(after.len(), 1);
    }
}

#[tokio::test]
async fn a_thread_deletion_follows_the_rule_of_every_kind() {
    let fixture = Fixture::new().await;
    for messages in [0, 200] {
        let (user, thread) = user_with_all(&fixture, messages).await;
        let before = fixture.rows(&user).await;
        fixture.store.delete_thread(&user, thread).await.unwrap();
        purge(&fixture.store, &Owner::Thread(user.clone(), thread), AT_ONCE).await.unwrap();
        let after = by_key(fixture.rows(&user).await);
        for row in &before {
            let left = after.get(text(row, "sk"));
            let of_thread = text(row, "sk").contains(&thread.to_string());
            match kind(row).deletion_rule() {
                // The fixture has messages of this thread only.
                DeletionRule::WithThread => assert_eq!(left, None, "{:?}", kind(row)),
                DeletionRule::TombstoneWithUser if of_thread => assert!(left.unwrap().contains_key("deleted_at")),
                _ => assert_eq!(left, Some(row)),
            }
        }
    }
}

fn by_key(rows: Vec<Row>) -> HashMap<String, Row> {
    rows.into_iter().map(|row| (text(&row, "sk").to_owned(), row)).collect()
}

#[tokio::test]
async fn every_row_has_a_kind_and_a_user() {
    let fixture = Fixture::with_own_table().await;
    for operation in Operation::ALL {
        let scene = operation.prepare(&fixture).await;
        operation.run(&fixture.store, &scene).await.unwrap();
    }
    let rows = fixture.table.all().await;
    assert!(rows.len() > 100);
    for row in &rows {
        if text(row, "sk") == "CHECKPOINT" {
            // A checkpoint belongs to a job instead of a user.
            assert_eq!(attributes(row), ["pk", "sk", "state", "version"].into());
            continue;
        }
        kind(row);
        assert!(ClerkUserId::parse(text(row, "pk").strip_prefix("USER#").unwrap()).is_ok());
    }
}
