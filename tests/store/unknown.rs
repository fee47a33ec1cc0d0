//! What is noted of users whom Clerk does not know.

use std::time::Duration;

use harness::{attributes, now_ms, user_object};
use usher_store::{ClerkUserId, Store, SyncState, Timestamp};

use crate::fixture::{World, new_user, sync};

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
    let world = World::new().await;
    let user = world.user().await;
    let kept = world.store.get_sync_state(&user).await.unwrap().unwrap();
    assert!(now_ms() - kept.synced_at.as_millis() < 60_000 && kept.unknown_since.is_none());
    assert!(!is_marked(&world.store, &user).await);
    for at in [5, 6] {
        world.store.mark_unknown(&user, &kept, Timestamp::from_millis(at)).await.unwrap();
    }
    assert_eq!(since(&world.store, &user).await, Some(5));
    assert!(is_marked(&world.store, &user).await);
    for _ in 0..2 {
        world.store.mark_known(&user).await.unwrap();
        assert_eq!(since(&world.store, &user).await, None);
    }
}

#[tokio::test]
async fn whoever_is_synced_is_known() {
    let world = World::new().await;
    let user = world.user().await;
    let kept = world.store.get_sync_state(&user).await.unwrap().unwrap();
    world.store.mark_unknown(&user, &kept, Timestamp::from_millis(5)).await.unwrap();
    sync(&world.store, &user, now_ms() + 1000).await.unwrap();
    assert_eq!(since(&world.store, &user).await, None);
    // What was read before a sync is no longer true.
    let kept = world.store.get_sync_state(&user).await.unwrap().unwrap();
    let before = SyncState { synced_at: kept.synced_at.saturating_sub(Duration::from_millis(1)), ..kept };
    world.store.mark_unknown(&user, &before, Timestamp::from_millis(5)).await.unwrap();
    assert_eq!(since(&world.store, &user).await, None);
}

#[tokio::test]
async fn nothing_is_noted_of_whom_there_is_no_row_or_a_tombstone() {
    let world = World::new().await;
    let (deleted, nobody) = (world.user().await, new_user());
    let kept = world.store.get_sync_state(&deleted).await.unwrap().unwrap();
    world.store.delete_user(&deleted).await.unwrap();
    for user in [&deleted, &nobody] {
        assert_eq!(world.store.get_sync_state(user).await.unwrap(), None);
        world.store.mark_unknown(user, &kept, Timestamp::from_millis(5)).await.unwrap();
        world.store.mark_known(user).await.unwrap();
    }
    assert!(!attributes(&world.rows(&deleted).await[0]).contains("unknown_since"));
    assert_eq!(world.rows(&nobody).await, []);
}
