//! `ETag` and `If-None-Match`: a caller that has a response already gets 304 without a body.

mod refusals;

use harness::{Answer, Usher, now_ms, user_object};
use reqwest::Method;
use serde_json::json;

use crate::{
    caller::Caller,
    routes::{self, Route},
};

/// The routes that a caller reads from. A streamed response has no tag: it begins before all of it is known, so there is
/// nothing to make a tag of. Its client reads all of it, and gets no 304.
fn get_routes() -> Vec<Route> {
    let is_tagged = |route: &Route| route.method == Method::GET && !route.path.starts_with("/stream/");
    let routes: Vec<_> = routes::all().into_iter().filter(is_tagged).collect();
    assert!(routes.len() >= 7, "the template has lost routes: {routes:?}");
    routes
}

/// Reads with `If-None-Match`.
async fn get_if(caller: &Caller<'_>, path: &str, tags: &str) -> Answer {
    caller.call(Method::GET, path, &[("if-none-match", tags.to_owned())], Vec::new()).await.labeled(tags)
}

/// Asserts a 200 and returns its tag.
#[track_caller]
fn tag_of(answer: &Answer) -> String {
    answer.expect_json();
    answer.header("etag").unwrap_or_else(|| panic!("no ETag: {answer:?}")).to_owned()
}

/// Asserts a 304 with this tag, and nothing that describes a body.
#[track_caller]
fn assert_not_modified(answer: &Answer, tag: &str) {
    answer.assert_status(304);
    assert_eq!((answer.body.as_str(), answer.header("etag")), ("", Some(tag)), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!((answer.header("content-length"), answer.header("transfer-encoding")), (None, None), "{answer:?}");
}

/// Changes what a route returns to the caller.
async fn change(usher: &Usher, ada: &Caller<'_>, thread: &str, route: &Route) {
    match route.path.as_str() {
        "/users/me" | "/users/me/status" | "/users/{user_id}" => {
            let at = now_ms() + 1;
            let user = user_object(&ada.id, at).replace(r#""first_name":""#, r#""first_name":"Augusta "#);
            usher.deliver(usher.event("user.updated", &user, at)).await.assert_outcome("updated");
        }
        "/threads" => drop(ada.create_thread().await),
        "/threads/{thread_id}" => drop(ada.patch(thread, &json!({"title": "Notes"})).await.expect_json()),
        "/threads/{thread_id}/messages" => drop(ada.create_message(thread, "One more").await),
        "/search" => drop(ada.create_message(thread, "Hello again").await),
        "/settings" => drop(ada.patch("/settings", &json!({"theme": "dark"})).await.expect_json()),
        _ => panic!("{}: how does its response change?", route.name()),
    }
}

#[tokio::test]
async fn every_get_gets_304_until_its_response_changes() {
    let usher = Usher::shared().await;
    for route in get_routes() {
        let ada = Caller::new(&usher).await;
        let thread = ada.create_thread().await;
        ada.create_message(&thread, "Hello").await;
        let path = route.path_of(thread.trim_start_matches("/threads/"), &ada.id);

        let first = ada.get(&path).await.labeled(&route.name());
        let tag = tag_of(&first);
        assert_eq!(tag.starts_with("W/\""), route.path != "/settings", "{}: {tag}", route.name());
        for _ in 0..2 {
            assert_not_modified(&get_if(&ada, &path, &tag).await.labeled(&route.name()), &tag);
        }
        assert_eq!(ada.get(&path).await.body, first.body, "{}", route.name());

        change(&usher, &ada, &thread, &route).await;
        let changed = get_if(&ada, &path, &tag).await.labeled(&route.name());
        let new_tag = tag_of(&changed);
        assert_ne!(new_tag, tag, "{}", route.name());
        assert_not_modified(&get_if(&ada, &path, &new_tag).await, &new_tag);
    }
}

#[tokio::test]
async fn a_streamed_response_has_no_tag_and_is_never_304() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for route in routes::all().into_iter().filter(|route| route.method == Method::GET) {
        if route.path.starts_with("/stream/") {
            let answer = get_if(&ada, &route.path_of(&routes::unknown_thread_id(), &ada.id), "*").await;
            assert!(answer.status != 304 && answer.header("etag").is_none(), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_tag_matches_in_every_form_of_the_header() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    for path in [thread.as_str(), "/settings"] {
        let tag = tag_of(&ada.get(path).await);
        let strong = tag.trim_start_matches("W/");
        let weak = format!("W/{strong}");
        for tags in [strong, &weak, "*", &format!("\"a,b\" , {tag}"), &format!("W/\"x\",{tag},\"y\"")] {
            assert_not_modified(&get_if(&ada, path, tags).await, &tag);
        }
        for tags in ["", ",", "\"x\"", strong.trim_matches('"'), "é", &format!("{tag}x"), &tag.replace("\"", "'")] {
            assert_eq!(tag_of(&get_if(&ada, path, tags).await), tag);
        }
        // The gateway joins the lines of a repeated header.
        let lines = [("if-none-match", "\"x\"".to_owned()), ("if-none-match", tag.clone())];
        assert_not_modified(&ada.call(Method::GET, path, &lines, Vec::new()).await, &tag);
    }
}

#[tokio::test]
async fn each_page_of_a_list_has_its_own_tag() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for _ in 0..3 {
        ada.create_thread().await;
    }
    let first = ada.get("/threads?limit=1").await;
    let cursor = first.expect_json()["next_cursor"].as_str().unwrap().to_owned();
    let second = format!("/threads?limit=1&cursor={cursor}");
    let (first, second_tag) = (tag_of(&first), tag_of(&ada.get(&second).await));
    assert_ne!(first, second_tag);
    assert_not_modified(&get_if(&ada, "/threads?limit=1", &first).await, &first);
    assert_not_modified(&get_if(&ada, &second, &second_tag).await, &second_tag);
    tag_of(&get_if(&ada, &second, &first).await);
}

#[tokio::test]
async fn a_status_without_a_token_has_a_tag_too() {
    let usher = Usher::shared().await;
    let tag = tag_of(&usher.call(Method::GET, "/users/me/status", &[], Vec::new()).await);
    let headers = [("if-none-match", tag.clone())];
    assert_not_modified(&usher.call(Method::GET, "/users/me/status", &headers, Vec::new()).await, &tag);
}

#[tokio::test]
async fn a_304_is_logged_as_a_request_without_a_problem() {
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.concurrency = 1;
    })
    .await;
    let ada = Caller::new(&usher).await;
    let tag = tag_of(&ada.get("/settings").await);
    assert_not_modified(&get_if(&ada, "/settings", &tag).await, &tag);
    let line = usher.logs().line_with(r#""status":304"#).await;
    for part in [r#""level":"INFO""#, r#""message":"request""#, r#""route":"GET /settings""#, &ada.id] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!line.contains(r#""code""#), "{line}");
    // Metrics follow the log line of their request. One process serves these requests one after the other.
    tag_of(&ada.get("/settings").await);
    assert!(!usher.logs().lines().iter().any(|line| line.contains("ServerErrors")));
}

/// A browser asks first whether the page may send the header, and shows the page only the exposed headers.
#[tokio::test]
async fn a_page_of_another_origin_may_send_and_read_tags() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let origin = ("origin", "https://app.example".to_owned());
    let preflight = [
        origin.clone(),
        ("access-control-request-method", "GET".to_owned()),
        ("access-control-request-headers", "authorization,if-none-match".to_owned()),
    ];
    let allowed = usher.call(Method::OPTIONS, "/threads", &preflight, Vec::new()).await;
    let is_in = |answer: &Answer, list: &str, name: &str| {
        answer.header(list).is_some_and(|list| list.split(',').any(|allowed| allowed.trim() == name))
    };
    for name in ["authorization", "if-none-match"] {
        assert!(is_in(&allowed, "access-control-allow-headers", name), "{name}: {allowed:?}");
    }
    let first = ada.call(Method::GET, "/threads", std::slice::from_ref(&origin), Vec::new()).await;
    let headers = [origin, ("if-none-match", tag_of(&first))];
    let second = ada.call(Method::GET, "/threads", &headers, Vec::new()).await;
    assert_not_modified(&second, &tag_of(&first));
    for answer in [&first, &second] {
        assert!(answer.header("access-control-allow-origin").is_some(), "{answer:?}");
        for name in ["etag", "apigw-requestid", "retry-after", "www-authenticate"] {
            assert!(is_in(answer, "access-control-expose-headers", name), "{name}: {answer:?}");
        }
    }
}
