//! Marks on users whom Clerk does not know.

use std::time::Duration;

use harness::{attributes, now_ms, user_object};
use usher_contract::{ClerkUserId, Timestamp};
use usher_store::{Store, SyncState};

use crate::fixture::{Fixture, new_user, sync};

async fn unknown_since(store: &Store, user: &ClerkUserId) -> Option<i64> {
    store.get_sync_state(user).await.unwrap().unwrap().unknown_since.map(Timestamp::as_millis)
}

async fn is_marked(store: &Store, user: &ClerkUserId) -> bool {
    let text = user_object(user.as_str(), 1);
    let object = usher_clerk::User::parse(&text).unwrap();
    store.compare_users(&[&object]).await.unwrap()[0].is_marked_unknown
}

#[tokio::test]
async fn the_first_mark_stays_until_the_user_is_known_again() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    assert!(now_ms() - kept.synced_at.as_millis() < 60_000 && kept.unknown_since.is_none());
    assert!(!is_marked(&fixture.store, &user).await);
    for at in [5, 6] {
        fixture.store.mark_unknown(&user, &kept, Timestamp::from_millis(at)).await.unwrap();
    }
    assert_eq!(unknown_since(&fixture.store, &user).await, Some(5));
    assert!(is_marked(&fixture.store, &user).await);
    for _ in 0..2 {
        fixture.store.mark_known(&user).await.unwrap();
        assert_eq!(unknown_since(&fixture.store, &user).await, None);
    }
}

#[tokio::test]
async fn a_synced_user_is_no_longer_marked_unknown() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    fixture.store.mark_unknown(&user, &kept, Timestamp::from_millis(5)).await.unwrap();
    sync(&fixture.store, &user, now_ms() + 1000).await.unwrap();
    assert_eq!(unknown_since(&fixture.store, &user).await, None);
    // A state that was read before a sync is outdated.
    let kept = fixture.store.get_sync_state(&user).await.unwrap().unwrap();
    let before = SyncState { synced_at: kept.synced_at.saturating_sub(Duration::from_millis(1)), ..kept };
    fixture.store.mark_unknown(&user, &before, Timestamp::from_millis(5)).await.unwrap();
    assert_eq!(unknown_since(&fixture.store, &user).await, None);
}

#[tokio::test]
async fn a_deleted_or_missing_user_is_not_marked() {
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
