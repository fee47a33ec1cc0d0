//! Query parameters: unknown and repeated ones are refused.

use harness::{Usher, new_message_id};
use reqwest::Method;

use crate::{
    caller::Caller,
    routes::{self, Route},
};

/// A word in the values that the tests send. No response may contain it.
const SECRET: &str = "confidential";

fn is_list(route: &Route) -> bool {
    route.method == Method::GET
        && (["/threads", "/search"].contains(&route.path.as_str()) || route.path.ends_with("/messages"))
}

/// The path with more query parameters.
fn with_query(path: &str, query: &str) -> String {
    format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })
}

#[tokio::test]
async fn an_unknown_query_parameter_is_refused_on_every_route() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    for route in routes::all().into_iter().filter(|route| route.path != "/webhooks/clerk") {
        let path = route.path_of(thread.trim_start_matches("/threads/"), &ada.id);
        let unknown: &[(&str, &[&str])] = &[
            ("titel=confidential", &["titel"]),
            ("_", &["_"]),
            ("=confidential", &[""]),
            ("Limit=1", &["Limit"]),
            ("cursor%20=confidential", &["cursor "]),
            ("z=1&a=confidential&b=3&a=4", &["a", "b", "z"]),
        ];
        let not_a_list: &[(&str, &[&str])] = &[("limit=1", &["limit"]), ("cursor=confidential", &["cursor"])];
        // An export goes on from a cursor, but has no limit.
        let is_export = route.path == "/stream/users/me/export";
        let not_a_list = if is_export { &not_a_list[..1] } else { not_a_list };
        let queries = unknown.iter().chain(if is_list(&route) { &[] } else { not_a_list });
        for (query, fields) in queries {
            let path = with_query(&path, query);
            let answer = ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, route.body())).await;
            let answer = answer.labeled(&route.name());
            let detail = answer.expect_problem(400, "invalid-query");
            assert_eq!(answer.fields(), *fields, "{} {query}", route.name());
            let first = if fields[0].is_empty() { "\"\"" } else { fields[0] };
            assert!(detail.starts_with(&format!("{first} ")), "{detail}");
        }
        // No parameter at all.
        if route.method == Method::GET {
            for query in ["", "&", "&&"] {
                // There is no such reply, but nothing is wrong with the query.
                let status = if route.path.contains("{message_id}") { 404 } else { 200 };
                ada.get(&with_query(&path, query)).await.labeled(query).assert_status(status);
            }
        }
    }
}

#[tokio::test]
async fn a_repeated_query_parameter_is_refused() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    for list in ["/threads", &format!("{thread}/messages")] {
        for (query, fields) in [
            ("limit=1&limit=1", &["limit"][..]),
            ("limit=1&%6cimit=2", &["limit"]),
            ("cursor=confidential&limit=5&cursor=", &["cursor"]),
            ("limit=1&cursor=a&limit=2&cursor=b&page=2", &["cursor", "limit", "page"]),
        ] {
            let answer = ada.expect_refused(SECRET, ada.get(&format!("{list}?{query}"))).await.labeled(query);
            answer.expect_problem(400, "invalid-query");
            assert_eq!(answer.fields(), fields, "{query}");
        }
        ada.get(&format!("{list}?limit=1")).await.expect_json();
    }
}

#[tokio::test]
async fn the_status_without_a_token_has_no_query_parameters() {
    let usher = Usher::shared().await;
    let answer = usher.call(Method::GET, "/users/me/status?a=1", &[], Vec::new()).await;
    answer.expect_problem(400, "invalid-query");
    assert_eq!(answer.fields(), ["a"]);
}

/// Svix sends no query. An operator may have written one into the endpoint's URL, and no delivery may be lost for it.
#[tokio::test]
async fn the_webhook_ignores_its_query() {
    let usher = Usher::shared().await;
    let body = br#"{"type":"email.created"}"#;
    let headers = usher.signed(&new_message_id(), body);
    let answer = usher.call(Method::POST, "/webhooks/clerk?a=1&a=2", &headers, body.to_vec()).await;
    answer.assert_outcome("ignored");
}
