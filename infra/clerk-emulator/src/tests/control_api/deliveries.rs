//! `/control/deliveries`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Setup, USERS};
use crate::tests::first_error;

impl Setup {
    async fn list_deliveries(&self, query: &str) -> Vec<Value> {
        let list = self.set(Method::GET, &format!("deliveries{query}"), json!({})).await;
        list["data"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_delivery_shows_its_body_and_every_attempt() {
    let mut setup = Setup::answering(&[500], &[Duration::ZERO]).await;
    let (_, user) = setup.call(Method::POST, USERS, json!({"first_name": "Ada"})).await;
    let attempts = [setup.delivery().await, setup.delivery().await];
    let path = format!("deliveries/{}", attempts[0].header("svix-id"));
    let delivery = loop {
        let delivery = setup.set(Method::GET, &path, json!({})).await;
        if delivery["state"] != "sending" {
            break delivery;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((&delivery["object"], &delivery["state"]), (&json!("delivery"), &json!("delivered")));
    assert_eq!((&delivery["type"], &delivery["body"]["data"]), (&json!("user.created"), &user));
    let listed = delivery["attempts"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    for ((listed, status), received) in listed.iter().zip([500, 200]).zip(&attempts) {
        assert_eq!(
            (&listed["status"], &listed["answer"], &listed["error"]),
            (&json!(status), &json!(""), &Value::Null)
        );
        assert_eq!(listed["svix_signature"], received.header("svix-signature"));
        assert_eq!(listed["svix_timestamp"].to_string(), received.header("svix-timestamp"));
        assert!(listed["at"].as_i64() >= delivery["created_at"].as_i64() && listed["duration_ms"].is_i64());
    }
    assert_eq!(setup.list_deliveries("").await, [delivery]);
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_and_by_type() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    setup.session(&user).await;
    setup.call(Method::PATCH, &format!("{USERS}/{user}"), json!({"first_name": "Ada"})).await;
    let types = |list: Vec<Value>| -> Vec<String> {
        list.iter().map(|delivery| delivery["type"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["user.updated", "session.created", "user.created"];
    assert_eq!(types(setup.list_deliveries("").await), all);
    assert_eq!(types(setup.list_deliveries("?limit=1&offset=1").await), all[1..2]);
    assert_eq!(types(setup.list_deliveries("?type=user.created").await), all[2..]);
    for (query, field) in [("?limit=501", "limit"), ("?limit=0", "limit"), ("?state=held", "state")] {
        let (status, error) = setup.control(Method::GET, &format!("deliveries{query}"), json!({})).await;
        assert_eq!((status, first_error(&error).1), (422, field));
    }
    let (status, error) = setup.control(Method::GET, "deliveries/msg_none", json!({})).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn a_held_delivery_is_sent_before_the_earlier_ones() {
    let mut setup = Setup::new().await;
    setup.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    for name in ["Ada", "Bob"] {
        setup.call(Method::POST, USERS, json!({"first_name": name})).await;
    }
    let held = setup.list_deliveries("").await;
    assert!(held.iter().all(|delivery| delivery["state"] == "held" && delivery["attempts"] == json!([])));
    let bob = held[0]["id"].as_str().unwrap();
    let sent = setup.set(Method::POST, &format!("deliveries/{bob}/send"), json!({})).await;
    assert_eq!((&sent["state"], &sent["attempts"][0]["status"]), (&json!("delivered"), &json!(200)));
    assert_eq!(setup.event().await["data"]["first_name"], "Bob");
    setup.set(Method::PUT, "webhooks", json!({"delivery": "drop"})).await;
    let ada = setup.list_deliveries("?offset=1").await.remove(0);
    assert_eq!(ada["state"], "dropped");
    // A dropped one can be sent too, later than its successor.
    setup.set(Method::POST, &format!("deliveries/{}/send", ada["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(setup.event().await["data"]["first_name"], "Ada");
    assert!(setup.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn a_delivery_is_repeated_with_the_same_id_and_body() {
    let mut setup = Setup::new().await;
    setup.call(Method::POST, USERS, json!({})).await;
    let first = setup.delivery().await;
    let path = format!("deliveries/{}/send", first.header("svix-id"));
    let delivery = setup.set(Method::POST, &path, json!({})).await;
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 2);
    let second = setup.delivery().await;
    assert_eq!((second.header("svix-id"), &second.body), (first.header("svix-id"), &first.body));
    second.event();
    let (status, error) = setup.control(Method::POST, "deliveries/msg_none/send", json!({})).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn an_attempt_with_a_wrong_signature_is_made_once() {
    let mut setup = Setup::answering(&[400], &[Duration::ZERO]).await;
    setup.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    setup.call(Method::POST, USERS, json!({})).await;
    let held = setup.list_deliveries("").await.remove(0);
    let path = format!("deliveries/{}/send", held["id"].as_str().unwrap());
    let delivery = setup.set(Method::POST, &path, json!({"wrong_signature": true})).await;
    // It is still held.
    assert_eq!((&delivery["state"], &delivery["attempts"][0]["status"]), (&json!("held"), &json!(400)));
    let received = setup.delivery().await;
    let webhook = svix::webhooks::Webhook::new(crate::tests::SECRET).unwrap();
    assert!(webhook.verify(&received.body, &received.headers).is_err());
    setup.set(Method::PUT, "webhooks", json!({"delivery": "send"})).await;
    setup.event().await;
    assert!(setup.deliveries.try_recv().is_err());
    let refused = [(json!({"wrong_signature": "yes"}), "wrong_signature", "boolean")];
    setup.assert_refused(Method::POST, &path, &refused).await;
}

#[tokio::test]
async fn an_attempt_without_an_answer_says_why() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let setup = Setup::delivering_to(url, &[], tokio::sync::mpsc::unbounded_channel().1).await;
    setup.call(Method::POST, USERS, json!({})).await;
    let delivery = loop {
        let delivery = setup.list_deliveries("").await.remove(0);
        if delivery["state"] != "sending" {
            break delivery;
        }
        tokio::task::yield_now().await;
    };
    let attempt = &delivery["attempts"][0];
    assert_eq!((&delivery["state"], &attempt["status"]), (&json!("failed"), &Value::Null));
    assert_eq!(attempt["error"], "the webhook endpoint did not answer");
}
