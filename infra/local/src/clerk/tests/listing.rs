//! Users who are asked for in pages or by their ids, be they ever so many.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::ids::now_ms;
use super::{Setup, problem};

async fn listed(setup: &Setup, query: &str) -> Vec<String> {
    let (status, users) = setup.get(&format!("/v1/users?{query}")).await;
    assert_eq!(status, 200, "{users}");
    users.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn twenty_thousand_users_are_listed_in_seconds_in_either_order() {
    let setup = Setup::new().await;
    let users = setup.clerk.add_users(20_000);
    for order in ["%2Bcreated_at", "%2Bupdated_at"] {
        let begun = Instant::now();
        let mut all = Vec::new();
        for page in 0..200 {
            all.extend(listed(&setup, &format!("order_by={order}&limit=100&offset={}", page * 100)).await);
        }
        assert_eq!(all, users);
        eprintln!("{order}: {:?}", begun.elapsed());
    }
    let begun = Instant::now();
    assert!(users.iter().all(|user| setup.clerk.remove_user(user)));
    eprintln!("removal: {:?}", begun.elapsed());
}
