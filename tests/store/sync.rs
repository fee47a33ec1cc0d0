//! Webhooks of users, in any order.

use harness::{now_ms, text};
use usher_store::{Error, MAX_USER_BYTES, StaleReason, SyncOutcome};

use crate::{
    builders::message,
    fixture::{Fixture, new_user, sync, sync_fetched, webhook},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn the_newest_version_wins_in_any_order() {
    let fixture = Fixture::new().await;
    let (user, now) = (new_user(), now_ms());
    let delivered = [
        (now, SyncOutcome::Created),
        (now + 2, SyncOutcome::Updated),
        (now + 1, SyncOutcome::Stale(StaleReason::Older)),
        (now + 2, SyncOutcome::Stale(StaleReason::Duplicate)),
        (now, SyncOutcome::Stale(StaleReason::Older)),
    ];
    for (updated_at, outcome) in delivered {
        assert_eq!(fixture.sync(&user, updated_at).await, outcome);
        assert!(fixture.store.get_current_user(&user).await.is_ok());
    }
    let rows = fixture.rows(&user).await;
    assert_eq!(rows.len(), 1);
    assert!(text(&rows[0], "clerk_user").contains(&format!(r#""updated_at":{}"#, now + 2)));
}

#[tokio::test]
async fn a_repeated_or_late_delivery_changes_no_row() {
    let fixture = Fixture::new().await;
    let (user, now) = (fixture.user().await, now_ms());
    fixture.sync(&user, now + 5).await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap();
    fixture.store.create_message(&user, thread.id, message("Hello"), None).await.unwrap();
    let before = fixture.rows(&user).await;
    for updated_at in [now + 5, now, now + 4] {
        assert!(matches!(fixture.sync(&user, updated_at).await, SyncOutcome::Stale(_)));
        assert_eq!(fixture.rows(&user).await, before);
    }
}

#[tokio::test]
async fn concurrent_syncs_and_messages_do_not_disturb_each_other() {
    let fixture = Fixture::new().await;
    let (user, now) = (fixture.user().await, now_ms());
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap();
    let versions = async {
        for version in 1..=20 {
            fixture.sync(&user, now + 1000 + version).await;
        }
    };
    let messages = async {
        for _ in 0..20 {
            fixture.store.create_message(&user, thread.id, message("Hello"), None).await.unwrap();
        }
    };
    tokio::join!(versions, messages);
    let rows = fixture.rows(&user).await;
    assert_eq!(rows.len(), 1 + 1 + 20);
    assert!(text(rows.last().unwrap(), "clerk_user").contains(&format!(r#""updated_at":{}"#, now + 1020)));
}

#[tokio::test]
async fn no_event_brings_a_deleted_user_back() {
    let fixture = Fixture::new().await;
    let (user, unknown, now) = (fixture.user().await, new_user(), now_ms());
    for user in [&user, &unknown] {
        fixture.store.delete_user(user).await.unwrap();
        let before = fixture.rows(user).await;
        for updated_at in [now, now + DAY_MS] {
            assert_eq!(fixture.sync(user, updated_at).await, SyncOutcome::Stale(StaleReason::Deleted));
        }
        assert_eq!(fixture.rows(user).await, before);
        assert!(matches!(fixture.store.get_current_user(user).await, Err(Error::UserDeleted)));
    }
}

#[tokio::test]
async fn an_event_older_than_90_days_may_update_but_not_create() {
    let fixture = Fixture::new().await;
    let (old, new, now) = (new_user(), new_user(), now_ms());
    assert_eq!(fixture.sync(&old, now - 91 * DAY_MS).await, SyncOutcome::Stale(StaleReason::TooOld));
    assert!(fixture.rows(&old).await.is_empty());
    assert_eq!(sync_fetched(&fixture.store, &new, now - 92 * DAY_MS).await.unwrap(), SyncOutcome::Created);
    assert_eq!(fixture.sync(&new, now - 91 * DAY_MS).await, SyncOutcome::Updated);
}

#[tokio::test]
async fn the_largest_user_is_kept_and_one_byte_more_is_rejected() {
    let fixture = Fixture::new().await;
    let user = new_user();
    let object = |length: usize| {
        let frame = format!(r#"{{"object":"user","id":"{user}","updated_at":1,"x":""}}"#).len();
        let text = format!(r#"{{"object":"user","id":"{user}","updated_at":1,"x":"{}"}}"#, "x".repeat(length - frame));
        assert_eq!(text.len(), length);
        text
    };
    let (largest, larger) = (object(MAX_USER_BYTES), object(MAX_USER_BYTES + 1));
    let sync = async |text: &str| {
        let object = usher_clerk::User::parse(text).unwrap();
        fixture.store.sync_user(&object, webhook(now_ms())).await
    };
    assert!(matches!(sync(&larger).await, Err(Error::UserTooLarge)));
    assert!(fixture.injector.calls().0.is_empty());
    assert_eq!(sync(&largest).await.unwrap(), SyncOutcome::Created);
    assert_eq!(fixture.store.get_current_user(&user).await.unwrap().clerk_user().unwrap().text(), largest);
}

#[tokio::test]
async fn a_user_sees_another_only_while_both_exist() {
    let fixture = Fixture::new().await;
    let (ada, bob, unknown) = (fixture.user().await, fixture.user().await, new_user());
    assert!(fixture.store.get_user(&ada, &bob).await.is_ok());
    assert!(matches!(fixture.store.get_user(&ada, &unknown).await, Err(Error::NotFound)));
    assert!(matches!(fixture.store.get_user(&unknown, &bob).await, Err(Error::UserNotSynced)));
    fixture.store.delete_user(&bob).await.unwrap();
    assert!(matches!(fixture.store.get_user(&ada, &bob).await, Err(Error::NotFound)));
    assert!(matches!(fixture.store.get_user(&bob, &ada).await, Err(Error::UserDeleted)));
    assert!(sync(&fixture.store, &ada, now_ms() + 1).await.is_ok());
}
