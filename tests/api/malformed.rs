//! Malformed requests: the response names the field and repeats no value, and nothing is stored.

mod raw_events;

use harness::Usher;
use reqwest::Method;
use serde_json::Value;

use crate::{
    caller::Caller,
    routes::{self, Route},
};

/// A word in every value that the tests send. No response may contain it.
const SECRET: &str = "confidential";

/// A body with `~` in place of the secret, and the field that is invalid.
type InvalidBody = (&'static str, &'static str);

/// Bodies of a route with one invalid field each.
fn invalid_bodies(route: &Route) -> &'static [InvalidBody] {
    match (&route.method, route.path.as_str()) {
        (&Method::POST, "/threads") => &[
            (r#"{"title":1}"#, "title"),
            (r#"{"title":true}"#, "title"),
            (r#"{"title":["~"]}"#, "title"),
            (r#"{"title":{"~":"~"}}"#, "title"),
            (r#"{"title":"~","title":"~"}"#, "title"),
            (r#"{"title":"~","titel":"~"}"#, "titel"),
            (r#"{"id":"~"}"#, "id"),
        ],
        (&Method::PATCH, "/threads/{thread_id}") => &[
            (r#"{}"#, "title"),
            (r#"{"title":7.5}"#, "title"),
            (r#"{"title":["~"]}"#, "title"),
            (r#"{"title":"~","title":null}"#, "title"),
            (r#"{"title":null,"updated_at":"~"}"#, "updated_at"),
        ],
        (&Method::POST, "/threads/{thread_id}/messages") => &[
            (r#"{}"#, "content"),
            (r#"{"content":null}"#, "content"),
            (r#"{"content":1}"#, "content"),
            (r#"{"content":["~"]}"#, "content"),
            (r#"{"content":"~","content":"~"}"#, "content"),
            (r#"{"content":"~","role":"~"}"#, "role"),
            (r#"{"content":"~","role":"User"}"#, "role"),
            (r#"{"content":"~","role":"system"}"#, "role"),
            (r#"{"content":"~","role":null}"#, "role"),
            (r#"{"content":"~","role":{"user":"~"}}"#, "role"),
            (r#"{"content":"~","role":{"user":null}}"#, "role"),
            (r#"{"content":"~","model":7}"#, "model"),
            (r#"{"content":"~","parts":"~"}"#, "parts"),
            (r#"{"content":"~","parts":[{"type":"~","a":1,"a":"~"}]}"#, "parts[0].a"),
            (r#"{"content":"~","parts":[{"type":"~","n":[{"b":{"c":1,"c":"~"}}]}]}"#, "parts[0].n[0].b.c"),
            (r#"{"content":"~","thread_id":"~"}"#, "thread_id"),
            (r#"{"content":"~","created_at":0}"#, "created_at"),
        ],
        (&Method::POST, "/threads/{thread_id}/exchanges") => &[
            (r#"{"user":{"content":"~"}}"#, "assistant"),
            (r#"{"user":"~","assistant":{"content":"~"}}"#, "user"),
            (r#"{"user":["~"],"assistant":{"content":"~"}}"#, "user"),
            (r#"{"user":{"content":"~"},"assistant":null}"#, "assistant"),
            (r#"{"user":{"content":"~"},"assistant":{}}"#, "assistant.content"),
            (r#"{"user":{"content":"~","role":"user"},"assistant":{"content":"~"}}"#, "user.role"),
            (r#"{"user":{"content":"~"},"assistant":{"content":7}}"#, "assistant.content"),
            (r#"{"user":{"content":"~"},"user":{"content":"~"},"assistant":{"content":"~"}}"#, "user"),
            (r#"{"user":{"content":"~"},"assistant":{"content":"~","content":"~"}}"#, "assistant.content"),
            (r#"{"user":{"content":"~"},"assistant":{"content":"~"},"system":"~"}"#, "system"),
        ],
        (&Method::POST, "/stream/threads/{thread_id}/replies") => &[
            (r#"{}"#, "content"),
            (r#"{"content":["~"]}"#, "content"),
            (r#"{"content":"~","content":"~"}"#, "content"),
            (r#"{"content":"~","model":7}"#, "model"),
            (r#"{"content":"~","parts":"~"}"#, "parts"),
            (r#"{"content":"~","role":"user"}"#, "role"),
        ],
        (&Method::PATCH, "/settings") => &[
            (r#"{"a":"~","a":"~"}"#, "a"),
            (r#"{"a":"~","\u0061":"~"}"#, "a"),
            (r#"{"a":[{"b":{"c":"~","c":null}}]}"#, "a[0].b.c"),
        ],
        _ => panic!("{}: add bodies with an invalid field", route.name()),
    }
}

/// Creates a user and a thread. Returns the user, and the routes that take a body with their paths.
async fn routes_with_body(usher: &Usher) -> (Caller<'_>, Vec<(Route, String)>) {
    let ada = Caller::new(usher).await;
    let thread = ada.create_thread().await;
    let routes = routes::all().into_iter().filter(|route| route.path != "/webhooks/clerk" && !route.body().is_empty());
    let routes = routes.map(|route| (route.clone(), route.path_of(thread.trim_start_matches("/threads/"), &ada.id)));
    let routes: Vec<_> = routes.collect();
    (ada, routes)
}

#[tokio::test]
async fn an_invalid_field_is_named_on_every_route() {
    let usher = Usher::shared().await;
    let (ada, routes) = routes_with_body(&usher).await;
    for (route, path) in routes {
        let whole = [r#"["~"]"#, "[]", r#""~""#, "null", "1", "true"].map(|body| (body, "body"));
        for (body, field) in whole.iter().chain(invalid_bodies(&route)) {
            let row = format!("{} {body}", route.name());
            let body = body.replace('~', SECRET);
            let answer =
                ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, body)).await.labeled(&row);
            let detail = answer.expect_problem(422, "invalid-field");
            assert_eq!(answer.fields(), [*field], "{row}");
            assert!(detail.contains(field), "{row}: {detail}");
        }
    }
}

#[tokio::test]
async fn every_invalid_field_is_listed_on_every_route() {
    let usher = Usher::shared().await;
    let (ada, routes) = routes_with_body(&usher).await;
    for (route, path) in routes {
        let bodies: &[(&str, &[&str])] = match (&route.method, route.path.as_str()) {
            (&Method::POST, "/threads") => &[(r#"{"z":"~","title":1,"a":"~"}"#, &["title", "a", "z"])],
            (&Method::PATCH, "/threads/{thread_id}") => &[
                (r#"{"titel":"~"}"#, &["title", "titel"]),
                (r#"{"b":"~","a":"~","title":["~"]}"#, &["title", "a", "b"]),
            ],
            (&Method::POST, "/threads/{thread_id}/messages") => &[
                (r#"{"role":"~"}"#, &["role", "content"]),
                (
                    r#"{"n":"~","model":"","parts":"~","content":"","role":null}"#,
                    &["role", "content", "parts", "model", "n"],
                ),
            ],
            (&Method::POST, "/threads/{thread_id}/exchanges") => &[
                (r#"{}"#, &["user", "assistant"]),
                (r#"{"assistant":{},"user":"~"}"#, &["user", "assistant.content"]),
                (
                    r#"{"to":1,"assistant":{"parts":[{}],"role":"~","content":1},"user":{"model":"","content":""}}"#,
                    &["user.content", "user.model", "assistant.content", "assistant.parts", "assistant.role", "to"],
                ),
            ],
            (&Method::POST, "/stream/threads/{thread_id}/replies") => {
                &[(r#"{"n":"~","model":"","parts":"~","content":""}"#, &["content", "parts", "model", "n"])]
            }
            // Settings may have any field.
            (&Method::PATCH, "/settings") => continue,
            _ => panic!("{}: which of its fields can be invalid?", route.name()),
        };
        for (body, fields) in bodies {
            let row = format!("{} {body}", route.name());
            let body = body.replace('~', SECRET);
            let answer =
                ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, body)).await.labeled(&row);
            let detail = answer.expect_problem(422, "invalid-field");
            assert_eq!(answer.fields(), *fields, "{row}");
            assert!(detail.ends_with(&format!("(errors lists {} more)", fields.len() - 1)), "{row}: {detail}");
        }
    }
}

#[tokio::test]
async fn a_response_lists_at_most_100_errors() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let body: Value = (0..10_000).map(|number| (format!("field_{number:05}"), Value::Null)).collect();
    let answer = ada.expect_refused(SECRET, ada.post("/threads", &body)).await;
    answer.expect_problem(422, "invalid-field");
    assert_eq!(answer.fields().len(), 100);
    assert_eq!(answer.fields()[99], "field_00099");
}

#[tokio::test]
async fn invalid_json_gets_400_on_every_route() {
    let usher = Usher::shared().await;
    let (ada, routes) = routes_with_body(&usher).await;
    for (route, path) in routes {
        let good = String::from_utf8(route.body()).unwrap();
        let cut = &good.as_bytes()[..good.len() - 1];
        // Insert the spoiled text at the start of the first string value.
        let (start, end) = good.split_once(":\"").unwrap();
        let spoiled = |by: &[u8]| [start.as_bytes(), b":\"", SECRET.as_bytes(), by, end.as_bytes()].concat();
        for (row, body) in [
            ("empty", &b""[..]),
            ("white space", b" \n"),
            ("a word", SECRET.as_bytes()),
            ("cut off", cut),
            ("two values", format!("{good}{good}").as_bytes()),
            ("an extra comma", [cut, b",}"].concat().as_slice()),
            ("a byte order mark", format!("\u{feff}{good}").as_bytes()),
            ("not UTF-8", &spoiled(b"\xff\xfe")),
            ("half of a surrogate pair", &spoiled(br"\ud83d")),
            ("an invalid escape", &spoiled(br"\x41")),
            ("a line break in a string", &spoiled(b"\n")),
            ("a form", b"title=confidential"),
            ("NaN", good.replacen(':', ":NaN,", 1).as_bytes()),
        ] {
            let row = format!("{}: {row}", route.name());
            let answer =
                ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, body)).await.labeled(&row);
            answer.expect_problem(400, "malformed");
            assert!(answer.fields().is_empty(), "{row}: nobody knows which field is meant");
        }
    }
}

#[tokio::test]
async fn excessive_nesting_is_refused_at_its_field() {
    let usher = Usher::shared().await;
    let (ada, routes) = routes_with_body(&usher).await;
    let (open, close) = (r#"{"a":["#.repeat(5_000), "]}".repeat(5_000));
    let deep = format!(r#"{open}"{SECRET}"{close}"#);
    for (route, path) in routes {
        let (body, field) = match route.path.as_str() {
            "/threads" | "/threads/{thread_id}" => (format!(r#"{{"title":{deep}}}"#), "title"),
            "/threads/{thread_id}/messages" => (format!(r#"{{"content":"a","parts":[{deep}]}}"#), "parts[0]"),
            "/threads/{thread_id}/exchanges" => {
                (format!(r#"{{"user":{{"content":"a","parts":[{deep}]}},"assistant":{{}}}}"#), "user.parts[0]")
            }
            _ => (deep.clone(), "a[0]"),
        };
        let answer =
            ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, body)).await.labeled(&route.name());
        assert!([400, 422].contains(&answer.status.as_u16()), "{answer:?}");
        let fields = answer.fields();
        assert!(fields.len() == 1 && fields[0].starts_with(field), "{}: {fields:?}", route.name());
        assert!(fields[0].chars().count() <= 100, "{fields:?}");

        let unclosed = "[".repeat(10_000);
        let arrays = format!("{unclosed}{}", "]".repeat(10_000));
        let answer = ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, arrays)).await;
        assert_eq!(answer.labeled(&route.name()).fields(), ["body"]);
        // Not JSON, so no field is to blame.
        let answer = ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, unclosed)).await;
        assert_eq!(answer.status.as_u16(), 400, "{answer:?}");
        assert_eq!(answer.labeled(&route.name()).fields(), [""; 0]);
    }
}

#[tokio::test]
async fn a_body_without_a_json_content_type_gets_415_on_every_route() {
    let usher = Usher::shared().await;
    let (ada, routes) = routes_with_body(&usher).await;
    for (route, path) in routes {
        for content_type in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=application/json"),
            Some("application/jsonp"),
            Some("application/octet-stream"),
            Some("text/plain; application/json"),
            Some("*/*"),
        ] {
            let header = content_type.map(|value| ("content-type", value.to_owned()));
            let headers: Vec<_> = header.into_iter().collect();
            let asked = ada.call(route.method.clone(), &path, &headers, route.body());
            let answer =
                ada.expect_refused(SECRET, asked).await.labeled(&format!("{}: {content_type:?}", route.name()));
            answer.expect_problem(415, "unsupported-media-type");
        }
        for content_type in ["application/json; charset=utf-8", "Application/JSON", " application/json;a=b"] {
            let headers = [("content-type", content_type.to_owned())];
            let answer = ada.call(route.method.clone(), &path, &headers, route.body()).await;
            assert!(answer.status.is_success(), "{}: {content_type}: {answer:?}", route.name());
        }
    }
}

#[tokio::test]
async fn an_out_of_range_number_is_refused_and_a_large_one_is_kept() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let refused = ada.expect_refused(SECRET, ada.send_json(Method::PATCH, "/settings", r#"{"a":1e999}"#)).await;
    assert!([400, 422].contains(&refused.status.as_u16()), "{refused:?}");
    let kept: Value =
        ada.send_json(Method::PATCH, "/settings", r#"{"a":18446744073709551615,"b":-0.25}"#).await.expect_json();
    assert_eq!(kept.to_string(), r#"{"a":18446744073709551615,"b":-0.25}"#);
}
