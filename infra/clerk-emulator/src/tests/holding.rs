//! Held and dropped webhooks, and changes without a webhook.

use reqwest::Method;
use serde_json::json;

use super::{Setup, answer, first_error};
use crate::WebhookDelivery;

const USERS: &str = "/v1/users";

async fn create(setup: &Setup, name: &str) {
    let (status, user) = setup.call(Method::POST, USERS, json!({"first_name": name})).await;
    assert_eq!(status, 200, "{user}");
}

#[tokio::test]
async fn held_webhooks_are_sent_later_and_dropped_ones_never() {
    let mut setup = Setup::new().await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Drop);
    create(&setup, "Dropped").await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Hold);
    create(&setup, "Held").await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Send);
    assert_eq!(setup.event().await["data"]["first_name"], "Held");
    create(&setup, "Sent").await;
    assert_eq!(setup.event().await["data"]["first_name"], "Sent");
}

#[tokio::test]
async fn held_webhooks_are_sent_in_the_order_of_their_changes() {
    let mut setup = Setup::new().await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Hold);
    let names: Vec<_> = (0..50).map(|number| format!("Ada {number}")).collect();
    for name in &names {
        create(&setup, name).await;
    }
    assert!(setup.deliveries.try_recv().is_err());
    setup.clerk.set_webhook_delivery(WebhookDelivery::Send);
    for name in &names {
        assert_eq!(setup.event().await["data"]["first_name"], **name);
    }
}

#[tokio::test]
async fn held_webhooks_are_discarded_by_drop() {
    let mut setup = Setup::new().await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Hold);
    create(&setup, "Held").await;
    setup.clerk.set_webhook_delivery(WebhookDelivery::Drop);
    setup.clerk.set_webhook_delivery(WebhookDelivery::Send);
    create(&setup, "Sent").await;
    assert_eq!(setup.event().await["data"]["first_name"], "Sent");
}

#[tokio::test]
async fn changes_by_the_test_send_no_webhook() {
    let mut setup = Setup::new().await;
    let users = setup.clerk.add_users(2);
    let before = setup.clerk.user_object(&users[0]).unwrap();
    assert!(setup.clerk.touch_user(&users[0]) && setup.clerk.remove_user(&users[1]));
    assert!(!setup.clerk.touch_user("user_nobody") && !setup.clerk.remove_user("user_nobody"));
    let after = setup.clerk.user_object(&users[0]).unwrap();
    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
    assert_eq!(setup.clerk.user_object(&users[1]), None);
    // The first webhook belongs to the user who is created next.
    setup.call(Method::POST, USERS, json!({"first_name": "Ada"})).await;
    assert_eq!(setup.event().await["data"]["first_name"], "Ada");
}

#[tokio::test]
async fn sessions_of_a_removed_user_end() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let (_, session) = setup.call(Method::POST, "/v1/sessions", json!({"user_id": user})).await;
    assert!(setup.clerk.remove_user(&user));
    let path = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    let (status, error) = answer(setup.request(Method::POST, &path)).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}
