//! Versions of a user with equal times.

use std::collections::BTreeMap;

use harness::{Row, assert_for_all, attributes, now_ms, number, text, user_object};
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::runtime::Runtime;
use usher_contract::{ClerkUserId, Timestamp};
use usher_store::{Source, StaleReason, SyncOutcome};

use crate::fixture::{Fixture, new_user, sync_fetched, webhook};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// One version of a user. Times are offsets in milliseconds, few enough that many are equal.
#[derive(Debug, Clone)]
struct Version {
    updated_at: i64,
    /// `None` for a version that was fetched from the Backend API.
    event_at: Option<i64>,
    name: &'static str,
}

/// Some versions, and two orders in which they arrive. In each order every version arrives at least once.
fn arrivals() -> impl Strategy<Value = (Vec<Version>, Vec<usize>, Vec<usize>)> {
    // An event whose time is in whole seconds (0) seems older than its change (514).
    let times = (select(vec![0, 514]), select(vec![None, Some(0), Some(514), Some(1000)]));
    // Two messages may have the same content.
    let version = (times, select(vec!["Ada", "Augusta", "Grace"])).prop_map(|((updated_at, event_at), name)| Version {
        updated_at,
        event_at,
        name,
    });
    let order = |length: usize| {
        let repeats = vec(0..length, 0..3);
        repeats.prop_map(move |repeats| (0..length).chain(repeats).collect::<Vec<_>>()).prop_shuffle()
    };
    vec(version, 2..6).prop_flat_map(move |versions| {
        let length = versions.len();
        (Just(versions), order(length), order(length))
    })
}

/// Delivers the versions in this order to a new user. Returns the row without its identity.
async fn row_after(fixture: &Fixture, start: i64, versions: &[Version], order: &[usize]) -> BTreeMap<String, String> {
    let user = new_user();
    for &number in order {
        let version = &versions[number];
        let updated_at = start + version.updated_at;
        // All fetches of a version return the same object.
        let name = version.event_at.map_or("fetched", |_| version.name);
        let object = user_object(user.as_str(), updated_at).replace("\"Ada\"", &format!("\"{name}\""));
        let object = usher_clerk::User::parse(&object).unwrap();
        let svix_id = format!("msg_{number}");
        let source = match version.event_at {
            Some(event_at) => {
                let event_at = Some(Timestamp::from_millis(start + event_at));
                Source::Webhook { event_at, svix_id: &svix_id }
            }
            None => Source::BackendApi,
        };
        fixture.store.sync_user(&object, source).await.unwrap();
    }
    without_identity(&user, &fixture.rows(&user).await[0])
}

fn without_identity(user: &ClerkUserId, row: &Row) -> BTreeMap<String, String> {
    let is_same_for_all = |name: &String| !matches!(name.as_str(), "pk" | "row_kind" | "synced_at");
    let attributes = row.iter().filter(|(name, _)| is_same_for_all(name));
    attributes.map(|(name, value)| (name.clone(), format!("{value:?}").replace(user.as_str(), "user"))).collect()
}

#[test]
fn every_order_of_arrival_leaves_the_same_row() {
    let runtime = Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::new());
    let start = now_ms() - 60_000;
    assert_for_all(200, arrivals(), |(versions, one, other)| {
        runtime.block_on(async {
            let (one, other) = (
                row_after(&fixture, start, &versions, &one).await,
                row_after(&fixture, start, &versions, &other).await,
            );
            assert_eq!(one, other);
        });
    });
}

#[tokio::test]
async fn a_repeat_of_the_stored_message_is_a_duplicate() {
    let fixture = Fixture::new().await;
    let (user, now) = (new_user(), now_ms());
    let deliver = async |name: &str, svix_id| {
        let object = user_object(user.as_str(), now).replace("\"Ada\"", &format!("\"{name}\""));
        let source = Source::Webhook { event_at: Some(Timestamp::from_millis(now)), svix_id };
        fixture.store.sync_user(&usher_clerk::User::parse(&object).unwrap(), source).await.unwrap()
    };
    assert_eq!(deliver("one", "msg_1").await, SyncOutcome::Created);
    assert_eq!(deliver("two", "msg_2").await, SyncOutcome::Updated);
    assert_eq!(deliver("two", "msg_2").await, SyncOutcome::Stale(StaleReason::Duplicate));
    assert_eq!(deliver("one", "msg_1").await, SyncOutcome::Stale(StaleReason::Older));
    // Another endpoint delivers the same event.
    assert_eq!(deliver("two", "msg_3").await, SyncOutcome::Stale(StaleReason::Duplicate));
}

/// Clerk's examples have event times in whole seconds, so an event can seem older than its own `updated_at`.
#[tokio::test]
async fn a_webhook_wins_over_a_fetch_of_the_same_version() {
    let fixture = Fixture::new().await;
    let now = now_ms() / 1000 * 1000;
    let user = new_user();
    assert_eq!(sync_fetched(&fixture.store, &user, now + 514).await.unwrap(), SyncOutcome::Created);
    let object = user_object(user.as_str(), now + 514);
    let object = usher_clerk::User::parse(&object).unwrap();
    assert_eq!(fixture.store.sync_user(&object, webhook(now)).await.unwrap(), SyncOutcome::Updated);
    assert_eq!(sync_fetched(&fixture.store, &user, now + 514).await.unwrap(), SyncOutcome::Stale(StaleReason::Older));
}

#[tokio::test]
async fn a_time_far_in_the_future_does_not_block_later_versions() {
    let fixture = Fixture::new().await;
    let year = 365 * DAY_MS;
    for (updated_ahead, event_ahead) in [(year, -1000), (year, year), (DAY_MS + 60_000, -1000)] {
        let (user, now) = (new_user(), now_ms());
        let object = user_object(user.as_str(), now + updated_ahead);
        let object = usher_clerk::User::parse(&object).unwrap();
        let deliver = async || fixture.store.sync_user(&object, webhook(now + event_ahead)).await.unwrap();
        assert_eq!(deliver().await, SyncOutcome::Created);
        let [row] = &fixture.rows(&user).await[..] else { panic!("one row") };
        let ahead = number(row, "updated_at") - now;
        assert!((-1000..60_000).contains(&ahead), "{updated_ahead} {event_ahead}: {ahead}");
        if event_ahead < 0 {
            // The event time replaces it, so a repeat is still recognised.
            assert_eq!(ahead, event_ahead);
            assert_eq!(deliver().await, SyncOutcome::Stale(StaleReason::Duplicate));
        }

        let later = now_ms() + 1;
        assert_eq!(fixture.sync(&user, later).await, SyncOutcome::Updated, "{updated_ahead} {event_ahead}");
        let [row] = &fixture.rows(&user).await[..] else { panic!("one row") };
        assert!(text(row, "clerk_user").contains(&format!(r#""updated_at":{later}"#)));
    }
}

#[tokio::test]
async fn a_time_less_than_a_day_ahead_is_kept() {
    let fixture = Fixture::new().await;
    let user = new_user();
    let ahead = now_ms() + DAY_MS - 60_000;
    assert_eq!(fixture.sync(&user, ahead).await, SyncOutcome::Created);
    let [row] = &fixture.rows(&user).await[..] else { panic!("one row") };
    assert_eq!((number(row, "updated_at"), number(row, "event_at")), (ahead, ahead));
}

#[tokio::test]
async fn a_fetch_stores_no_message_id() {
    let fixture = Fixture::new().await;
    let (user, now) = (new_user(), now_ms());
    fixture.sync(&user, now).await;
    assert_eq!(sync_fetched(&fixture.store, &user, now + 1).await.unwrap(), SyncOutcome::Updated);
    let [row] = &fixture.rows(&user).await[..] else { panic!("one row") };
    assert!(!attributes(row).contains("svix_id"));
}
