//! What a test may do to the instance.

use super::*;
use crate::clerk::{self, Fault};

const USERS: &str = "/v1/users";

async fn status(setup: &Setup, method: Method, path: &str) -> u16 {
    setup.request(method, path).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn requests_are_counted_however_they_are_answered() {
    let setup = Setup::new().await;
    for path in ["/v1/users?limit=1", "/v1/users", "/v1/users/user_1", "/nowhere"] {
        status(&setup, Method::GET, path).await;
    }
    setup.client.get(format!("{}{USERS}", setup.base)).send().await.unwrap();
    assert_eq!(setup.clerk.requests("GET", USERS), 3);
    assert_eq!(setup.clerk.requests_under("GET", USERS), 4);
    assert_eq!((setup.clerk.requests("POST", USERS), setup.clerk.requests("GET", "/nowhere")), (0, 1));
}

#[tokio::test]
async fn a_fault_lasts_for_so_many_requests_or_until_the_recovery() {
    let setup = Setup::new().await;
    setup.clerk.fail_times("GET", USERS, Fault::unavailable(), 2);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(status(&setup, Method::GET, USERS).await);
    }
    assert_eq!(statuses, [503, 503, 200]);
    setup.clerk.fail("GET", USERS, Fault::rate_limited(7));
    setup.clerk.fail("GET", "/v1/users/user_1", Fault::Slow(Duration::ZERO));
    let limited = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(problem(&limited.json().await.unwrap()).0, "too_many_requests");
    // The last one that fits; and only of that method.
    assert_eq!(status(&setup, Method::GET, "/v1/users/user_1").await, 404);
    assert_eq!(status(&setup, Method::DELETE, USERS).await, 405);
    setup.clerk.recover();
    assert_eq!(status(&setup, Method::GET, USERS).await, 200);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_of_a_request_that_was_done() {
    let mut setup = Setup::new().await;
    let ada = setup.user(serde_json::json!({"first_name": "Ada"})).await;
    setup.clerk.fail_times("DELETE", USERS, Fault::AnswerLost, 1);
    assert_eq!(status(&setup, Method::DELETE, &format!("{USERS}/{ada}")).await, 502);
    assert_eq!(status(&setup, Method::DELETE, &format!("{USERS}/{ada}")).await, 404);
    assert_eq!(setup.event().await["type"], "user.deleted");
}

#[tokio::test]
async fn the_rate_limit_is_of_the_backend_api_alone() {
    let setup = Setup::new().await;
    setup.clerk.limit_rate(3, Duration::from_secs(1000));
    for _ in 0..3 {
        assert_eq!(status(&setup, Method::GET, USERS).await, 200);
        assert_eq!(status(&setup, Method::GET, "/.well-known/jwks.json").await, 200);
    }
    let refused = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let after: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((990..=1000).contains(&after), "{after}");
    assert_eq!(status(&setup, Method::GET, "/.well-known/jwks.json").await, 200);
    assert_eq!(setup.clerk.rate_limited(), 1);
}

#[tokio::test]
async fn users_are_asked_for_by_their_ids_or_in_the_order_of_their_age() {
    let setup = Setup::new().await;
    let mut users = setup.clerk.add_users(3);
    users.extend(setup.clerk.add_users(2));
    let ids = |body: Value| -> Vec<String> {
        body.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    };
    let (_, page) = setup.get("/v1/users?order_by=%2Bcreated_at&limit=3&offset=1").await;
    assert_eq!(ids(page), users[1..4]);
    let query = format!("user_id={}&user_id=user_nobody&user_id[]=%2B{}&order_by=%2Bcreated_at", users[4], users[2]);
    let (_, page) = setup.get(&format!("/v1/users?{query}")).await;
    assert_eq!(ids(page), [users[2].clone(), users[4].clone()]);
    let (_, count) = setup.get(&format!("/v1/users/count?user_id={}&user_id=user_nobody", users[0])).await;
    assert_eq!(count["total_count"], 1);
    let many = "user_id=user_1&".repeat(101);
    assert_eq!(status(&setup, Method::GET, &format!("/v1/users?{many}")).await, 422);
}

#[tokio::test]
async fn what_is_changed_silently_sends_no_webhook() {
    let mut setup = Setup::new().await;
    let users = setup.clerk.add_users(2);
    let before = setup.clerk.user_object(&users[0]).unwrap();
    assert!(setup.clerk.touch_user(&users[0]) && setup.clerk.remove_user(&users[1]));
    assert!(!setup.clerk.touch_user("user_nobody") && !setup.clerk.remove_user("user_nobody"));
    let after = setup.clerk.user_object(&users[0]).unwrap();
    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
    assert_eq!(setup.clerk.user_object(&users[1]), None);
    // The first that comes is of the user who signed up after that.
    setup.call(Method::POST, USERS, serde_json::json!({"first_name": "Ada"})).await;
    assert_eq!(setup.event().await["data"]["first_name"], "Ada");
}

#[tokio::test]
async fn webhooks_that_were_held_come_in_the_end_and_lost_ones_never() {
    let mut setup = Setup::new().await;
    let create = async |setup: &Setup, name: &str| {
        let (status, _) = setup.call(Method::POST, USERS, serde_json::json!({"first_name": name})).await;
        assert_eq!(status, 200);
    };
    setup.clerk.set_delivery(clerk::Delivery::Lose);
    create(&setup, "Lost").await;
    setup.clerk.set_delivery(clerk::Delivery::Hold);
    create(&setup, "Held").await;
    setup.clerk.set_delivery(clerk::Delivery::Prompt);
    assert_eq!(setup.event().await["data"]["first_name"], "Held");
    create(&setup, "Prompt").await;
    assert_eq!(setup.event().await["data"]["first_name"], "Prompt");
}

#[tokio::test]
async fn a_rotated_key_signs_and_is_published_under_its_old_name_or_a_new_one() {
    let setup = Setup::new().await;
    let (kid, pem, set) = (setup.clerk.key_id(), setup.clerk.public_key_pem(), setup.clerk.jwks());
    setup.clerk.rotate_key().unwrap();
    assert_eq!(
        (setup.clerk.key_id(), setup.clerk.jwks()["keys"][0]["kid"].as_str()),
        (kid.clone(), Some(kid.as_str()))
    );
    assert_ne!((setup.clerk.public_key_pem(), setup.clerk.jwks()), (pem, set));
    setup.clerk.rotate_key_to("ins_other").unwrap();
    assert_eq!(setup.clerk.session_header()["kid"], "ins_other");
    let (_, published) = setup.get("/.well-known/jwks.json").await;
    assert_eq!(published, setup.clerk.jwks());
    setup.clerk.publish_keys(Some(serde_json::json!({"keys": []})));
    assert_eq!(setup.get("/v1/jwks").await.1, serde_json::json!({"keys": []}));
}
