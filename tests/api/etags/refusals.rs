//! Conditional requests that are refused: a tag opens nothing, and a problem has none.

use harness::Usher;
use reqwest::Method;

use super::{get_if, get_routes, tag_of};
use crate::{
    caller::Caller,
    routes::{self, unknown_thread_id},
};

#[tokio::test]
async fn a_deleted_user_gets_401_for_every_tag() {
    let usher = Usher::shared().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.create_thread().await;
    let mut tags = Vec::new();
    for route in get_routes() {
        let path = route.path_of(thread.trim_start_matches("/threads/"), &ada.id);
        let tag = tag_of(&ada.get(&path).await);
        tags.push((path, tag));
    }
    let card = tag_of(&bob.get(&format!("/users/{}", ada.id)).await);
    usher.deliver_user_deleted(&ada.id).await;
    for (path, tag) in tags {
        for tags in [tag.as_str(), "*"] {
            let refused = get_if(&ada, &path, tags).await;
            refused.expect_unauthorized("user-deleted");
            assert_eq!(refused.header("etag"), None, "{refused:?}");
        }
    }
    get_if(&bob, &format!("/users/{}", ada.id), &card).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn another_users_tag_tells_nothing_about_their_rows() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    // Ada's empty lists look like Eve's, so they have the same tag; Eve learns only about her own.
    let empty = tag_of(&ada.get("/threads").await);
    get_if(&eve, "/threads", &empty).await.assert_status(304);
    let thread = ada.create_thread().await;
    ada.create_message(&thread, "in confidence").await;
    get_if(&eve, "/threads", &empty).await.assert_status(304);

    for path in [thread.clone(), format!("{thread}/messages")] {
        let tag = tag_of(&ada.get(&path).await);
        for tags in [tag.as_str(), "*"] {
            let refused = get_if(&eve, &path, tags).await;
            refused.expect_problem(404, "not-found");
            assert_eq!(refused.header("etag"), None, "{refused:?}");
        }
    }
    let adas = tag_of(&ada.get("/threads").await);
    assert_eq!(tag_of(&get_if(&eve, "/threads", &adas).await), empty);
}

#[tokio::test]
async fn a_problem_has_no_tag_and_is_never_304() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for (path, status, code) in [
        (format!("/threads/{}", unknown_thread_id()), 404, "not-found"),
        ("/threads?limit=0".to_owned(), 400, "invalid-limit"),
        ("/settings?theme=dark".to_owned(), 400, "invalid-query"),
    ] {
        let refused = get_if(&ada, &path, "*").await;
        refused.expect_problem(status, code);
        assert_eq!(refused.header("etag"), None, "{refused:?}");
    }
    for route in get_routes().iter().filter(|route| route.path != "/users/me/status") {
        let path = route.path_of(&unknown_thread_id(), &ada.id);
        let headers = [("if-none-match", "*".to_owned())];
        usher.call(Method::GET, &path, &headers, Vec::new()).await.expect_unauthorized("no-token");
    }
}

/// RFC 9110 §13.2.1 does not let a server ignore the condition of a write, and no route has a use for this one.
#[tokio::test]
async fn every_write_refuses_if_none_match_and_changes_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let before = ada.rows().await;
    let is_write = |route: &&routes::Route| route.method != Method::GET && route.path != "/webhooks/clerk";
    for route in routes::all().iter().filter(is_write) {
        let path = route.path_of(thread.trim_start_matches("/threads/"), &ada.id);
        for tags in ["*", "\"1\"", ""] {
            let headers = [("content-type", "application/json".to_owned()), ("if-none-match", tags.to_owned())];
            let refused = ada.call(route.method.clone(), &path, &headers, route.body()).await.labeled(&route.name());
            let detail = refused.expect_problem(400, "malformed");
            assert!(detail.contains("If-None-Match"), "{detail}");
        }
    }
    assert_eq!(ada.rows().await, before);
}
