//! Isolation: what is another's looks like what is not there, to the byte.

use std::collections::BTreeMap;

use harness::{Answer, Row, Usher};
use reqwest::Method;
use serde_json::Value;

use crate::{
    caller::Caller,
    routes::{self, Route, nobodys_thread},
};

/// All of an answer but what differs between any two: the id of the request, and the time.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Seen {
    fn of(answer: &Answer) -> Self {
        let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let mut headers: BTreeMap<_, _> = headers.collect();
        for name in ["date", "apigw-requestid"] {
            headers.remove(name);
        }
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(body.as_object_mut().unwrap().remove("request_id").is_some(), "{}", answer.body);
        Self { status: answer.status.as_u16(), headers, body }
    }
}

async fn ask(caller: &Caller<'_>, route: &Route, thread: &str) -> Answer {
    caller.ask(route.method.clone(), &route.path_of(thread, &caller.id), route.body()).await
}

fn id_of(thread: &str) -> &str {
    thread.trim_start_matches("/threads/")
}

/// All rows but tombstones, which the purge may change at any time.
async fn living(user: &Caller<'_>) -> Vec<Row> {
    user.rows().await.into_iter().filter(|row| !row.contains_key("deleted_at")).collect()
}

#[tokio::test]
async fn what_belongs_to_another_looks_like_what_is_not_there() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let eves_deleted = eve.new_thread().await;
    eve.delete(&eves_deleted).await.assert_no_content();
    let eves = eve.sort_keys().await;
    for route in routes::with_thread() {
        let missing = ask(&eve, &route, &nobodys_thread()).await;
        missing.expect_problem(404, "not-found");
        let missing = Seen::of(&missing);

        let thread = ada.new_thread().await;
        ada.say(&thread, "in confidence").await;
        let adas_deleted = ada.new_thread().await;
        ada.delete(&adas_deleted).await.assert_no_content();
        let adas = living(&ada).await;
        let upper = id_of(&thread).to_uppercase();
        let climbing = format!("{}%23{}", id_of(&thread), id_of(&thread));
        for (row, id) in [
            ("another's thread", id_of(&thread)),
            ("another's thread that was deleted", id_of(&adas_deleted)),
            ("another's thread in upper case", &upper),
            ("an id that reaches for another row", &climbing),
            ("an id of another version", "8c5b8c1e-9d5f-4c1a-8f3e-2b7d9a6c4e10"),
            ("no id", "none"),
        ] {
            assert_eq!(Seen::of(&ask(&eve, &route, id).await), missing, "{}: {row}", route.name());
        }
        // Only who deleted it may do so again: the answer to the first request may have been lost.
        let own = ask(&eve, &route, id_of(&eves_deleted)).await;
        if route.method == Method::DELETE {
            own.assert_no_content();
        } else {
            assert_eq!(Seen::of(&own), missing, "{}: their own thread that was deleted", route.name());
        }
        assert_eq!(living(&ada).await, adas, "{}", route.name());
        assert_eq!(eve.sort_keys().await, eves, "{}", route.name());

        // For its owner it is there.
        let answer = ask(&ada, &route, id_of(&thread)).await;
        assert!(answer.status.is_success(), "{}: {answer:?}", route.name());
    }
}

#[tokio::test]
async fn nobody_lists_or_changes_what_belongs_to_another() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.new_thread().await;
    ada.say(&thread, "in confidence").await;
    ada.patch("/settings", &serde_json::json!({"theme": "dark"})).await.expect_json();
    let adas = ada.rows().await;

    assert_eq!(eve.get("/threads").await.expect_json()["items"], serde_json::json!([]));
    assert_eq!(eve.get("/settings").await.expect_json(), serde_json::json!({}));
    eve.patch("/settings", &serde_json::json!({"theme": "light"})).await.expect_json();
    usher.deliver_user_deleted(&eve.id).await;
    assert_eq!(ada.rows().await, adas);
}
