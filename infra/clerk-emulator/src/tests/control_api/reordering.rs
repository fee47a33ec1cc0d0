//! Deliveries in another order, as old as last week, or lost.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use svix::webhooks::Webhook;

use super::{Setup, USERS};
use crate::{
    ids,
    tests::{SECRET, first_error},
};

const WEEK_SECONDS: i64 = 7 * 24 * 60 * 60;

impl Setup {
    /// Holds the webhooks of these users, and returns the ids of the deliveries.
    async fn hold_users(&self, names: &[&str]) -> Vec<String> {
        self.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
        for name in names {
            self.call(Method::POST, USERS, json!({"first_name": name})).await;
        }
        let list = self.set(Method::GET, "deliveries", json!({})).await;
        let ids = list["data"].as_array().unwrap().iter().rev();
        ids.map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn next_name(&mut self) -> String {
        self.event().await["data"]["first_name"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn held_deliveries_are_released_in_a_chosen_order() {
    let mut setup = Setup::new().await;
    let ids = setup.hold_users(&["Ada", "Bob", "Cy"]).await;
    let order = json!({"ids": [ids[2], ids[0], ids[2]]});
    let sent = setup.set(Method::POST, "deliveries/send", order).await;
    let states: Vec<&Value> = sent["data"].as_array().unwrap().iter().map(|delivery| &delivery["state"]).collect();
    assert_eq!(states, ["delivered", "delivered", "delivered"]);
    // The third one is sent twice, and the second one is still held.
    for name in ["Cy", "Ada", "Cy"] {
        assert_eq!(setup.next_name().await, name);
    }
    setup.set(Method::PUT, "webhooks", json!({"delivery": "send"})).await;
    assert_eq!(setup.next_name().await, "Bob");
    assert!(setup.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn an_order_with_an_unknown_delivery_sends_nothing() {
    let mut setup = Setup::new().await;
    let ids = setup.hold_users(&["Ada"]).await;
    let order = json!({"ids": [ids[0], "msg_none"]});
    let (status, error) = setup.control(Method::POST, "deliveries/send", order).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
    assert!(setup.deliveries.try_recv().is_err());
    let refused = [
        (json!({}), "ids", "must be included"),
        (json!({"ids": ids[0]}), "ids", "array of strings"),
        (json!({"ids": vec!["msg_1"; 1001]}), "ids", "at most 1000"),
    ];
    setup.assert_refused(Method::POST, "deliveries/send", &refused).await;
}

#[tokio::test]
async fn a_lost_delivery_is_never_sent() {
    let mut setup = Setup::new().await;
    let ids = setup.hold_users(&["Ada", "Bob"]).await;
    let dropped = setup.set(Method::POST, &format!("deliveries/{}/drop", ids[0]), json!({})).await;
    assert_eq!(dropped["state"], "dropped");
    setup.set(Method::PUT, "webhooks", json!({"delivery": "send"})).await;
    assert_eq!(setup.next_name().await, "Bob");
    assert!(setup.deliveries.try_recv().is_err());
    for (id, status, code) in [(&*ids[1], 409, "delivery_not_held"), ("msg_none", 404, "resource_not_found")] {
        let (found, error) = setup.control(Method::POST, &format!("deliveries/{id}/drop"), json!({})).await;
        assert_eq!((found, first_error(&error).0), (status, code));
    }
}

/// Returns the `svix-timestamp` of a webhook, and asserts that its signature fits.
fn signed_at(webhook: &super::super::ReceivedWebhook) -> i64 {
    let timestamp = webhook.header("svix-timestamp").parse().unwrap();
    let signature = Webhook::new(SECRET).unwrap().sign(webhook.header("svix-id"), timestamp, &webhook.body).unwrap();
    assert_eq!(webhook.header("svix-signature"), signature);
    timestamp
}

#[tokio::test]
async fn a_request_of_last_week_is_replayed_as_it_was() {
    let mut setup = Setup::answering(&[200, 400], &[std::time::Duration::ZERO]).await;
    setup.call(Method::POST, USERS, json!({"first_name": "Ada"})).await;
    let original = setup.delivery().await;
    let path = format!("deliveries/{}/replay", original.header("svix-id"));
    let replay = setup.set(Method::POST, &path, json!({})).await;
    assert_eq!((&replay["state"], &replay["attempts"][0]["status"]), (&json!("failed"), &json!(400)));
    assert_eq!(replay["replay_of"], original.header("svix-id"));

    let received = setup.delivery().await;
    assert_eq!(received.header("svix-id"), replay["id"]);
    let age = ids::now_seconds() - signed_at(&received);
    assert!((WEEK_SECONDS..WEEK_SECONDS + 20).contains(&age), "{age}");
    // The signature fits, and yet the library of Svix refuses it, because it is old.
    assert!(Webhook::new(SECRET).unwrap().verify(&received.body, &received.headers).is_err());
    let (old, new) = (event(&received.body), event(&original.body));
    for time in ["/timestamp", "/data/updated_at", "/data/created_at"] {
        let difference = new.pointer(time).unwrap().as_i64().unwrap() - old.pointer(time).unwrap().as_i64().unwrap();
        assert_eq!(difference, WEEK_SECONDS * 1000, "{time}");
    }
    assert_eq!(old["data"]["first_name"], "Ada");
    // It was sent once, although it failed.
    assert!(setup.deliveries.try_recv().is_err());
}

fn event(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn an_old_event_can_be_signed_now() {
    let mut setup = Setup::answering(&[200, 500], &[std::time::Duration::ZERO]).await;
    setup.call(Method::POST, USERS, json!({})).await;
    let original = setup.delivery().await;
    let path = format!("deliveries/{}/replay", original.header("svix-id"));
    setup.set(Method::POST, &path, json!({"signed": "now", "age_seconds": 60})).await;
    // It is repeated like any other delivery.
    for _ in 0..2 {
        let received = setup.delivery().await;
        assert!(signed_at(&received) + 20 > ids::now_seconds());
        assert_eq!(
            received.event()["timestamp"].as_i64(),
            event(&original.body)["timestamp"].as_i64().map(|ms| ms - 60_000)
        );
    }
    let refused = [
        (json!({"age_seconds": 0}), "age_seconds", "from 1 to"),
        (json!({"signed": "never"}), "signed", "then or now"),
    ];
    setup.assert_refused(Method::POST, &path, &refused).await;
    let (status, _) = setup.control(Method::POST, "deliveries/msg_none/replay", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
