//! Isolation: the data of another user looks exactly like missing data.

use std::collections::BTreeMap;

use harness::{Answer, Row, Usher};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    caller::Caller,
    routes::{self, Route, unknown_thread_id},
};

/// A response without the parts that differ between any two: the request id and the time.
#[derive(Debug, PartialEq)]
struct Comparable {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Comparable {
    fn of(answer: &Answer) -> Self {
        let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let mut headers: BTreeMap<_, _> = headers.collect();
        for name in ["date", "apigw-requestid", "x-amzn-requestid"] {
            headers.remove(name);
        }
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(body.as_object_mut().unwrap().remove("request_id").is_some(), "{}", answer.body);
        Self { status: answer.status.as_u16(), headers, body }
    }
}

async fn call_route(caller: &Caller<'_>, route: &Route, thread: &str) -> Answer {
    caller.send_json(route.method.clone(), &route.path_of(thread, &caller.id), route.body()).await
}

fn thread_id_of(thread: &str) -> &str {
    thread.trim_start_matches("/threads/")
}

/// Reads all rows except tombstones, which the purge may change at any time.
async fn live_rows(user: &Caller<'_>) -> Vec<Row> {
    user.rows().await.into_iter().filter(|row| !row.contains_key("deleted_at")).collect()
}

#[tokio::test]
async fn a_foreign_thread_looks_like_a_missing_one() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let eves_deleted = eve.create_thread().await;
    eve.delete(&eves_deleted).await.assert_no_content();
    let eves = eve.sort_keys().await;
    for route in routes::with_thread_id() {
        let missing = call_route(&eve, &route, &unknown_thread_id()).await;
        missing.expect_problem(404, "not-found");
        let missing = Comparable::of(&missing);

        let thread = ada.create_thread().await;
        ada.create_message(&thread, "in confidence").await;
        let adas_deleted = ada.create_thread().await;
        ada.delete(&adas_deleted).await.assert_no_content();
        let adas = live_rows(&ada).await;
        let upper = thread_id_of(&thread).to_uppercase();
        let with_separator = format!("{}%23{}", thread_id_of(&thread), thread_id_of(&thread));
        for (row, id) in [
            ("a foreign thread", thread_id_of(&thread)),
            ("a deleted foreign thread", thread_id_of(&adas_deleted)),
            ("a foreign thread in upper case", &upper),
            ("an id with a key separator", &with_separator),
            ("a UUID of another version", "8c5b8c1e-9d5f-4c1a-8f3e-2b7d9a6c4e10"),
            ("an invalid id", "none"),
        ] {
            assert_eq!(Comparable::of(&call_route(&eve, &route, id).await), missing, "{}: {row}", route.name());
        }
        // Its former owner may delete the thread again, because the first response may have been lost.
        let own = call_route(&eve, &route, thread_id_of(&eves_deleted)).await;
        // Such a route is of a message, and no test data has a message of this id: `replies::resuming` has its owner.
        let is_of_message = route.path.contains("{message_id}");
        if route.method == Method::DELETE && !is_of_message {
            own.assert_no_content();
        } else {
            assert_eq!(Comparable::of(&own), missing, "{}: an own deleted thread", route.name());
        }
        assert_eq!(live_rows(&ada).await, adas, "{}", route.name());
        assert_eq!(eve.sort_keys().await, eves, "{}", route.name());

        // The owner still has access.
        if is_of_message {
            continue;
        }
        let answer = call_route(&ada, &route, thread_id_of(&thread)).await;
        assert!(answer.status.is_success(), "{}: {answer:?}", route.name());
    }
}

#[tokio::test]
async fn a_user_cannot_list_or_change_another_users_data() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.create_thread().await;
    ada.create_message(&thread, "in confidence").await;
    ada.patch("/settings", &json!({"theme": "dark"})).await.expect_json();
    let adas = ada.rows().await;

    assert_eq!(eve.get("/threads").await.expect_json()["items"], json!([]));
    assert_eq!(eve.get("/settings").await.expect_json(), json!({}));
    eve.patch("/settings", &json!({"theme": "light"})).await.expect_json();
    usher.deliver_user_deleted(&eve.id).await;
    assert_eq!(ada.rows().await, adas);
}
