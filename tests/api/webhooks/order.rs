//! Order: Svix delivers at least once and in any order. The result is always the same.

use futures_util::future::join_all;
use harness::{Usher, assert_for_all, new_message_id, new_user_id, now_ms, text, user_object};
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::runtime::Runtime;

use super::{assert_tombstone, without_times};

/// The messages about one user, oldest first, each with the id that all its deliveries share.
fn messages(usher: &Usher, user_id: &str) -> Vec<(String, String)> {
    let start = now_ms() - 60_000;
    let version = |kind: &str, name: &str, updated_at: i64, timestamp: i64| {
        let object = user_object(user_id, start + updated_at).replace("Ada", name);
        usher.event(kind, &object, start + timestamp)
    };
    let deleted = format!(r#"{{"deleted":true,"id":"{user_id}","object":"user"}}"#);
    let events = [
        version("user.created", "created", 0, 0),
        version("user.updated", "first", 10, 11),
        // Versions with the same `updated_at` differ in the timestamp of the envelope.
        version("user.updated", "second", 20, 21),
        version("user.updated", "third", 20, 22),
        usher.event("user.deleted", &deleted, start + 30),
    ];
    events.map(|event| (new_message_id(), event)).into()
}

/// Deliveries of the first `length` messages in any order, each at least once and some repeated.
fn deliveries(length: usize) -> impl Strategy<Value = Vec<usize>> {
    let repeats = vec(select((0..length).collect::<Vec<_>>()), 0..5);
    repeats.prop_map(move |repeats| (0..length).chain(repeats).collect::<Vec<_>>()).prop_shuffle()
}

#[test]
fn a_deleted_user_stays_deleted_in_any_message_order() {
    let runtime = Runtime::new().unwrap();
    let usher = runtime.block_on(Usher::shared());
    assert_for_all(32, deliveries(5), |order| {
        runtime.block_on(async {
            let id = new_user_id();
            let messages = messages(&usher, &id);
            for index in order {
                let (message_id, event) = &messages[index];
                usher.deliver_as(message_id, event.clone()).await.assert_status(200);
            }
            let row = usher.row(&id).await.unwrap();
            assert_tombstone(&row);
            let row = without_times(row);
            assert_eq!((text(&row, "pk"), text(&row, "sk")), (format!("USER#{id}").as_str(), "USER"));
            assert!(text(&row, "purge_pending").starts_with("pending#"));
            assert_eq!(row.len(), 4);
        });
    });
}

#[test]
fn the_newest_version_wins_in_any_message_order() {
    let runtime = Runtime::new().unwrap();
    let usher = runtime.block_on(Usher::shared());
    assert_for_all(32, deliveries(4), |order| {
        runtime.block_on(async {
            let id = new_user_id();
            let messages = messages(&usher, &id);
            for index in &order {
                let (message_id, event) = &messages[*index];
                usher.deliver_as(message_id, event.clone()).await.assert_status(200);
            }
            let row = usher.row(&id).await.unwrap();
            assert!(text(&row, "clerk_user").contains(r#""first_name":"third""#), "{row:?}");
            assert_eq!(text(&row, "svix_id"), messages[3].0);

            // The same messages in order have the same result.
            let in_order = new_user_id();
            for (_, event) in &messages[..4] {
                usher.deliver(event.replace(&id, &in_order)).await.assert_status(200);
            }
            assert_eq!(usher.stored_user(&in_order).await.replace(&in_order, &id), text(&row, "clerk_user"));
        });
    });
}

#[tokio::test]
async fn concurrent_messages_have_the_same_result() {
    let usher = Usher::shared().await;
    for _ in 0..5 {
        let (alive, dead) = (new_user_id(), new_user_id());
        let (of_alive, of_dead) = (messages(&usher, &alive), messages(&usher, &dead));
        let all = of_alive[..4].iter().chain(&of_dead).chain(&of_dead[4..]);
        let answers = join_all(all.map(|(id, event)| usher.deliver_as(id, event.clone()))).await;
        for answer in answers {
            answer.assert_status(200);
        }
        assert_tombstone(&usher.row(&dead).await.unwrap());
        let stored = usher.stored_user(&alive).await;
        assert!(stored.contains(r#""first_name":"third""#), "{stored}");
    }
}
