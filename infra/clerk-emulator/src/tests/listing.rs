//! Lists of users, in pages and by id.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;

use super::{Setup, first_error};
use crate::ids::now_ms;

async fn listed(setup: &Setup, query: &str) -> Vec<String> {
    let (status, users) = setup.get(&format!("/v1/users?{query}")).await;
    assert_eq!(status, 200, "{users}");
    users.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn users_are_listed_by_age_however_they_were_added() {
    let mut setup = Setup::new().await;
    let mut users = setup.clerk.add_users(3);
    users.extend(setup.clerk.add_users(2));
    users.push(setup.user(json!({})).await);
    assert_eq!(listed(&setup, "order_by=%2Bcreated_at&limit=3&offset=1").await, users[1..4]);
    let descending: Vec<_> = users.iter().rev().cloned().collect();
    assert_eq!(listed(&setup, "").await, descending);
}

#[tokio::test]
async fn users_are_found_by_id_and_unknown_ids_are_ignored() {
    let setup = Setup::new().await;
    let users = setup.clerk.add_users(5);
    let ids = format!("user_id={}&user_id=user_nobody&user_id[]=%2B{}&user_id=%2B{}", users[4], users[2], users[4]);
    assert_eq!(listed(&setup, &format!("{ids}&order_by=%2Bcreated_at")).await, [users[2].clone(), users[4].clone()]);
    assert_eq!(listed(&setup, &format!("{ids}&limit=1")).await, users[4..]);
    assert_eq!(listed(&setup, &format!("{ids}&offset=1")).await, users[2..3]);
    assert!(setup.clerk.touch_user(&users[2]));
    assert_eq!(listed(&setup, &format!("{ids}&order_by=-updated_at&limit=1")).await, users[2..3]);
    assert_eq!(setup.get(&format!("/v1/users/count?{ids}")).await.1["total_count"], 2);
    assert_eq!(listed(&setup, "user_id=user_nobody").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_minus_sign_before_an_id_excludes_the_user() {
    let setup = Setup::new().await;
    let users = setup.clerk.add_users(4);
    let all_but = format!("user_id=-{}&user_id[]=-user_nobody", users[1]);
    let expected = [users[0].clone(), users[2].clone(), users[3].clone()];
    assert_eq!(listed(&setup, &format!("{all_but}&order_by=%2Bcreated_at")).await, expected);
    assert_eq!(listed(&setup, &format!("{all_but}&order_by=%2Bcreated_at&limit=1&offset=1")).await, users[2..3]);
    assert_eq!(setup.get(&format!("/v1/users/count?{all_but}")).await.1["total_count"], 3);
    let but_one = format!("user_id={}&user_id={}&user_id=-{}", users[0], users[1], users[1]);
    assert_eq!(listed(&setup, &but_one).await, users[..1]);
    assert_eq!(setup.get(&format!("/v1/users/count?{but_one}")).await.1["total_count"], 1);
}

#[tokio::test]
async fn more_than_100_ids_and_other_filters_are_refused() {
    let setup = Setup::new().await;
    let many = "user_id=user_1&".repeat(100);
    for route in ["/v1/users", "/v1/users/count"] {
        assert_eq!(setup.get(&format!("{route}?{many}")).await.0, 200);
        let (status, error) = setup.get(&format!("{route}?{many}user_id=user_1")).await;
        assert_eq!((status, first_error(&error)), (422, ("form_param_value_invalid", "user_id")));
        let (status, error) = setup.get(&format!("{route}?user_id=user_1&username=ada&username=bob")).await;
        assert_eq!((status, first_error(&error)), (422, ("form_param_unknown", "username")));
    }
}

#[tokio::test]
async fn added_users_are_unique_and_a_millisecond_apart() {
    let setup = Setup::new().await;
    let mut seen = [HashSet::new(), HashSet::new(), HashSet::new()];
    for _ in 0..2 {
        let mut last = None;
        for id in setup.clerk.add_users(500) {
            let user = setup.clerk.user_object(&id).unwrap();
            let created_at = user["created_at"].as_i64().unwrap();
            assert!(created_at <= now_ms() && last.is_none_or(|last| created_at == last + 1));
            last = Some(created_at);
            let email = user["email_addresses"][0]["email_address"].clone();
            for (seen, value) in seen.iter_mut().zip([user["id"].clone(), user["last_name"].clone(), email]) {
                assert!(seen.insert(value.as_str().unwrap().to_owned()));
            }
        }
    }
    // A user who was created now leaves no room for younger ones, so the added users are older.
    setup.call(Method::POST, "/v1/users", json!({})).await;
    let youngest = setup.clerk.add_users(100).pop().unwrap();
    assert!(setup.clerk.user_object(&youngest).unwrap()["created_at"].as_i64().unwrap() <= now_ms());
    let (_, read) = setup.get(&format!("/v1/users/{youngest}")).await;
    assert_eq!(Some(read), setup.clerk.user_object(&youngest));
}

#[tokio::test]
async fn the_pages_of_a_long_list_are_complete() {
    let setup = Setup::new().await;
    let users = setup.clerk.add_users(2_000);
    let mut all = Vec::new();
    for page in 0..20 {
        all.extend(listed(&setup, &format!("order_by=%2Bcreated_at&limit=100&offset={}", page * 100)).await);
    }
    assert_eq!(all, users);
    assert!(users.iter().all(|user| setup.clerk.remove_user(user)));
    assert_eq!(listed(&setup, "").await, Vec::<String>::new());
}

#[tokio::test]
async fn users_are_found_by_e_mail_address_and_by_text() {
    let mut setup = Setup::new().await;
    let ada = json!({"email_address": ["Ada@Example.com"], "first_name": "Ada", "last_name": "Lovelace"});
    let ada = setup.user(ada).await;
    let grace =
        json!({"email_address": ["grace@example.org"], "username": "amazing", "phone_number": ["+15555550100"]});
    let grace = setup.user(grace).await;
    for (query, expected) in [
        ("email_address=ADA@example.com", vec![&ada]),
        ("email_address=ada@example.com&email_address=grace@example.org", vec![&grace, &ada]),
        ("email_address[]=ada@example.com&query=grace", vec![]),
        ("email_address=example.com", vec![]),
        ("query=LOVE", vec![&ada]),
        ("query=example", vec![&grace, &ada]),
        ("query=amaz", vec![&grace]),
        ("query=555555", vec![&grace]),
        (&format!("query={ada}"), vec![&ada]),
        (&format!("query=example&user_id=-{grace}"), vec![&ada]),
        ("query=nobody", vec![]),
        ("query=", vec![&grace, &ada]),
    ] {
        assert_eq!(listed(&setup, query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    // Unlike the list, the count takes any part of an address.
    for (query, count) in [("email_address=EXAMPLE", 2), ("email_address=ada@", 1), ("query=amaz", 1), ("query=x@", 0)]
    {
        assert_eq!(setup.get(&format!("/v1/users/count?{query}")).await.1["total_count"], count, "{query}");
    }
    let many = "email_address=a@example.com&".repeat(101);
    let (status, error) = setup.get(&format!("/v1/users?{many}")).await;
    assert_eq!((status, first_error(&error)), (422, ("form_param_value_invalid", "email_address")));
}
