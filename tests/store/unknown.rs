//! What is noted of users whom Clerk does not know.

use std::time::Duration;

use harness::{attributes, now_ms, user_object};
use usher_store::{ClerkUserId, Store, SyncState, Timestamp};

use crate::fixture::{Fixture, new_user, sync};

async fn since(store: &Store, user: &ClerkUserId) -> Option<i64> {
    store.get_sync_state(user).await.unwrap().unwrap().unknown_since.map(Timestamp::as_millis)
}

async fn is_marked(store: &Store, user: &ClerkUserId) -> bool {
    let text = user_object(user.as_str(), 1);
    let object = usher_clerk::User::parse(&text).unwrap();
    store.compare_users(&[&object]).await.unwrap()[0].is_marked_unknown
}

#[tokio::test]
async fn the_first_time_stands_until_clerk_knows_the_user_again() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    assert!(now_ms() - kept.synced_at.as_millis() < 60_000 && kept.unknown_since.is_none());
    assert!(!is_marked(&fixture.store, &user).await);
    for at in [5, 6] {
        fixture.store.mark_unknown(&user, &kept, Timestamp::from_millis(at)).await.unwrap();
    }
    assert_eq!(since(&fixture.store, &user).await, Some(5));
    assert!(is_marked(&fixture.store, &user).await);
    for _ in 0..2 {
        fixture.store.mark_known(&user).await.unwrap();
        assert_eq!(since(&fixture.store, &user).await, None);
    }
}

#[tokio::test]
async fn whoever_is_synced_is_known() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    fixture.store.mark_unknown(&user, &kept, Timestamp::from_millis(5)).await.unwrap();
    sync(&fixture.store, &user, now_ms() + 1000).await.unwrap();
    assert_eq!(since(&fixture.store, &user).await, None);
    // What was read before a sync is no longer true.
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    let before = SyncState { synced_at: kept.synced_at.saturating_sub(Duration::from_millis(1)), ..kept };
    fixture.store.mark_unknown(&user, &before, Timestamp::from_millis(5)).await.unwrap();
    assert_eq!(since(&fixture.store, &user).await, None);
}

#[tokio::test]
async fn nothing_is_noted_of_whom_there_is_no_row_or_a_tombstone() {
    let fixture = Fixture::new().await;
    let (deleted, nobody) = (fixture.user().await, new_user());
    let kept = fixture.store.get_sync_state(&deleted).await.unwrap().unwrap();
    fixture.store.delete_user(&deleted).await.unwrap();
    for user in [&deleted, &nobody] {
        assert_eq!(fixture.store.get_sync_state(user).await.unwrap(), None);
        fixture.store.mark_unknown(user, &kept, Timestamp::from_millis(5)).await.unwrap();
        fixture.store.mark_known(user).await.unwrap();
    }
    assert!(!attributes(&fixture.rows(&deleted).await[0]).contains("unknown_since"));
    assert_eq!(fixture.rows(&nobody).await, []);
}
