//! Users that were fetched from the Backend API, in competition with webhooks.

use std::collections::BTreeSet;

use harness::{attributes, now_ms, text, user_object};
use usher_contract::ClerkUserId;
use usher_store::{Error, LocalState, MAX_COMPARED_USERS, StaleReason, Store, SyncOutcome, list_order};

use crate::{
    fault_injection::Step,
    fixture::{Fixture, new_user, sync, sync_fetched, webhook},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

async fn compare(store: &Store, users: &[(&ClerkUserId, i64)]) -> Vec<LocalState> {
    let texts: Vec<_> = users.iter().map(|(id, updated_at)| user_object(id.as_str(), *updated_at)).collect();
    let objects: Vec<_> = texts.iter().map(|text| usher_clerk::User::parse(text).unwrap()).collect();
    let found = store.compare_users(&objects.iter().collect::<Vec<_>>()).await.unwrap();
    found.iter().map(|found| found.local_state).collect()
}

#[tokio::test]
async fn a_tombstone_is_never_overwritten() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    fixture.store.delete_user(&user).await.unwrap();
    let outcome = sync_fetched(&fixture.store, &user, now_ms() + 60_000).await.unwrap();
    assert_eq!(outcome, SyncOutcome::Stale(StaleReason::Deleted));
    assert_eq!(compare(&fixture.store, &[(&user, now_ms() + 60_000)]).await, [LocalState::Deleted]);
}

#[tokio::test]
async fn a_webhook_of_the_same_version_wins_in_any_order() {
    let fixture = Fixture::new().await;
    let now = now_ms();
    for webhook_first in [true, false] {
        let user = new_user();
        let object = user_object(user.as_str(), now);
        let object = usher_clerk::User::parse(&object).unwrap();
        if webhook_first {
            fixture.store.sync_user(&object, webhook(now + 5)).await.unwrap();
            let outcome = sync_fetched(&fixture.store, &user, now).await.unwrap();
            assert_eq!(outcome, SyncOutcome::Stale(StaleReason::Older));
        } else {
            assert_eq!(sync_fetched(&fixture.store, &user, now).await.unwrap(), SyncOutcome::Created);
            let outcome = fixture.store.sync_user(&object, webhook(now + 5)).await.unwrap();
            assert_eq!(outcome, SyncOutcome::Updated);
        }
        let [row] = &fixture.rows(&user).await[..] else { panic!("one row") };
        assert!(attributes(row).contains("svix_id"), "{webhook_first}");
    }
}

#[tokio::test]
async fn a_newer_version_wins_whatever_its_source() {
    let fixture = Fixture::new().await;
    let (user, now) = (new_user(), now_ms());
    sync(&fixture.store, &user, now).await.unwrap();
    assert_eq!(sync_fetched(&fixture.store, &user, now + 1).await.unwrap(), SyncOutcome::Updated);
    assert_eq!(sync(&fixture.store, &user, now).await.unwrap(), SyncOutcome::Stale(StaleReason::Older));
    assert_eq!(sync(&fixture.store, &user, now + 2).await.unwrap(), SyncOutcome::Updated);
    let outcome = sync_fetched(&fixture.store, &user, now + 1).await.unwrap();
    assert_eq!(outcome, SyncOutcome::Stale(StaleReason::Older));
}

/// An event of that age may belong to a user who was deleted since. A fetched user is current.
#[tokio::test]
async fn a_user_unchanged_for_years_is_created_by_a_fetch() {
    let fixture = Fixture::new().await;
    let user = new_user();
    let old = now_ms() - 1000 * DAY_MS;
    assert_eq!(sync(&fixture.store, &user, old).await.unwrap(), SyncOutcome::Stale(StaleReason::TooOld));
    assert_eq!(sync_fetched(&fixture.store, &user, old).await.unwrap(), SyncOutcome::Created);
}

#[tokio::test]
async fn a_comparison_returns_the_state_of_each_user_in_one_read() {
    let fixture = Fixture::new().await;
    let (same, newer, older, missing, deleted) = (new_user(), new_user(), new_user(), new_user(), fixture.user().await);
    let now = now_ms();
    for (user, updated_at) in [(&same, now), (&newer, now + 1), (&older, now - 1)] {
        sync(&fixture.other_process, user, updated_at).await.unwrap();
    }
    fixture.other_process.delete_user(&deleted).await.unwrap();
    let users = [(&missing, now), (&same, now), (&older, now), (&deleted, now), (&newer, now)];
    fixture.injector.forward_all();
    let found = compare(&fixture.store, &users).await;
    let expected =
        [LocalState::Missing, LocalState::Current, LocalState::Older, LocalState::Deleted, LocalState::Current];
    assert_eq!(found, expected);
    assert_eq!(fixture.injector.take_calls().round_trips(), "BatchGetItem");

    let many: Vec<_> = (0..MAX_COMPARED_USERS).map(|_| new_user()).collect();
    let many: Vec<_> = many.iter().map(|user| (user, now)).collect();
    assert_eq!(compare(&fixture.store, &many).await, [LocalState::Missing; MAX_COMPARED_USERS]);
}

#[tokio::test]
async fn the_index_lists_users_of_all_shards_and_no_tombstone() {
    let fixture = Fixture::with_own_table().await;
    let mut users = Vec::new();
    for _ in 0..60 {
        users.push(fixture.user().await);
    }
    let shard = async |user: &ClerkUserId| text(&fixture.rows(user).await[0], "row_kind").to_owned();
    let mut shards = BTreeSet::new();
    for user in &users {
        shards.insert(shard(user).await);
    }
    assert!(shards.len() > 8 && shards.iter().all(|shard| shard.len() == "user#0".len()), "{shards:?}");
    let deleted = users.remove(7);
    fixture.store.delete_user(&deleted).await.unwrap();

    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = fixture.store.list_user_ids(after.as_ref(), 10).await.unwrap();
        assert!(page.ids.len() <= 10);
        listed.extend(page.ids);
        after = listed.last().cloned();
        if page.is_end {
            break;
        }
    }
    let sorted = |users: &[ClerkUserId]| users.iter().map(|user| user.as_str().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!((listed.len(), sorted(&listed)), (users.len(), sorted(&users)));
    assert!(listed.is_sorted_by(|one, other| list_order(one, other).is_lt()));
    // The user at whom a run stopped may be deleted before the run continues.
    let stopped_at = listed.remove(25);
    fixture.store.delete_user(&stopped_at).await.unwrap();
    assert_eq!(fixture.store.list_user_ids(Some(&stopped_at), 100).await.unwrap().ids, listed[25..]);
}

#[tokio::test]
async fn a_user_may_occur_twice_in_a_comparison() {
    let fixture = Fixture::new().await;
    let (user, now) = (new_user(), now_ms());
    sync(&fixture.store, &user, now).await.unwrap();
    assert_eq!(
        compare(&fixture.store, &[(&user, now), (&user, now + 1)]).await,
        [LocalState::Current, LocalState::Older]
    );
}

#[tokio::test]
async fn unprocessed_reads_of_a_comparison_are_retried() {
    let fixture = Fixture::new().await;
    let (missing, now) = (new_user(), now_ms());
    let (one, two) = (fixture.user().await, fixture.user().await);
    let users = [(&one, 1), (&missing, 1), (&two, 1)];
    fixture.injector.script(|call| if call.number == 1 { Step::Part(0) } else { Step::Part(1) });
    assert_eq!(compare(&fixture.store, &users).await, [LocalState::Current, LocalState::Missing, LocalState::Current]);
    assert_eq!(fixture.injector.calls().0.len(), 4);

    fixture.injector.script(|_| Step::Part(0));
    let object = user_object(one.as_str(), now);
    let error = fixture.store.compare_users(&[&usher_clerk::User::parse(&object).unwrap()]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    assert_eq!(fixture.injector.calls().0.len(), 11);
}
