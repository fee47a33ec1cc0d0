//! `/control/events`.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{Setup, USERS};
use crate::changes::WAITING;

/// A reader of the stream of events.
pub(crate) struct Events {
    response: Response,
    received: String,
}

impl Events {
    pub(crate) async fn open(setup: &Setup) -> Self {
        let response = setup.client.get(format!("{}/control/events", setup.base)).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, received: String::new() }
    }

    /// Returns the name and the data of the next event.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.received.split_once("\n\n") {
                // A comment keeps the connection open.
                if event.starts_with(':') {
                    self.received = rest.to_owned();
                    continue;
                }
                let (name, data) = event.split_once('\n').unwrap();
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                self.received = rest.to_owned();
                return (name, data);
            }
            let chunk = self.response.chunk().await.unwrap().unwrap();
            self.received += std::str::from_utf8(&chunk).unwrap();
        }
    }

    /// Waits for an event of this name that fits. If none comes within a minute, the test fails.
    pub(crate) async fn wait_for(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let (found, data) = self.next().await;
                if found == name && fits(&data) {
                    return data;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), found).await.unwrap_or_else(|_| panic!("no {name} fits"))
    }
}

#[tokio::test]
async fn the_first_event_is_the_state() {
    let setup = Setup::new().await;
    let (name, data) = Events::open(&setup).await.next().await;
    assert_eq!((name.as_str(), data), ("state", setup.set(Method::GET, "state", json!({})).await));
}

#[tokio::test]
async fn a_change_of_a_user_and_its_delivery_are_events() {
    let setup = Setup::new().await;
    let mut events = Events::open(&setup).await;
    let (_, user) = setup.call(Method::POST, USERS, json!({"first_name": "Ada"})).await;
    assert_eq!(events.wait_for("user", |_| true).await, user);
    let delivery = events.wait_for("delivery", |delivery| delivery["state"] == "delivered").await;
    assert_eq!((&delivery["type"], &delivery["body"]["data"]), (&json!("user.created"), &user));
    assert_eq!(delivery["attempts"][0]["status"], 200);
    let request = events.wait_for("request", |_| true).await;
    assert_eq!(request, json!({"object": "request", "method": "POST", "path": USERS, "status": 200}));

    let id = user["id"].as_str().unwrap();
    setup.call(Method::DELETE, &format!("{USERS}/{id}"), json!({})).await;
    let deleted = events.wait_for("user", |_| true).await;
    assert_eq!(deleted, json!({"object": "user", "id": id, "deleted": true}));
}

#[tokio::test]
async fn a_ban_shows_the_revoked_sessions() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let session = setup.session(&user).await;
    let mut events = Events::open(&setup).await;
    setup.set(Method::POST, &format!("v1/users/{user}/ban"), json!({})).await;
    let revoked = events.wait_for("session", |_| true).await;
    assert_eq!((&revoked["id"], &revoked["status"]), (&json!(session), &json!("revoked")));
    assert_eq!(events.wait_for("user", |_| true).await["banned"], true);
}

#[tokio::test]
async fn each_control_that_is_set_is_an_event() {
    let setup = Setup::new().await;
    let mut events = Events::open(&setup).await;
    setup.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    events.wait_for("state", |state| state["webhooks"]["delivery"] == "hold").await;
    setup.call(Method::POST, USERS, json!({})).await;
    events.wait_for("state", |state| state["webhooks"]["held"] == 1).await;
    let held = events.wait_for("delivery", |delivery| delivery["state"] == "held").await;
    setup.set(Method::POST, &format!("deliveries/{}/drop", held["id"].as_str().unwrap()), json!({})).await;
    events.wait_for("delivery", |delivery| delivery["state"] == "dropped").await;

    setup.set(Method::POST, "faults", json!({"fault": "unavailable", "times": 1})).await;
    events.wait_for("state", |state| state["faults"][0]["times"] == 1).await;
    setup.get(USERS).await;
    events.wait_for("state", |state| state["faults"] == json!([])).await;
    setup.set(Method::PUT, "rate_limit", json!({"requests": 9, "per_ms": 1})).await;
    events.wait_for("state", |state| state["rate_limit"]["requests"] == 9).await;
    setup.set(Method::DELETE, "rate_limit", json!({})).await;
    events.wait_for("state", |state| state["rate_limit"].is_null()).await;
    setup.set(Method::POST, "keys/rotate", json!({"key_id": "ins_new"})).await;
    events.wait_for("state", |state| state["key_id"] == "ins_new").await;
}

#[tokio::test]
async fn a_reader_who_is_too_slow_is_cut_off() {
    let setup = Setup::new().await;
    let mut events = Events::open(&setup).await;
    events.next().await;
    // This thread is also that of the server, so nothing is sent before the end of the loop.
    for number in 0..=WAITING {
        setup.clerk.publish("number", json!(number));
    }
    let mut received = String::new();
    while let Ok(Some(chunk)) = events.response.chunk().await {
        received += std::str::from_utf8(&chunk).unwrap();
    }
    assert!(!received.contains(&format!("data: {WAITING}")), "{received}");
}
