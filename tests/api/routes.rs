//! The routes of the template, and a valid request for each. A new route fails the tests of all routes until its
//! request is added here.

use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A route of the template.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// The path in the template, such as `/threads/{thread_id}`.
    pub(crate) path: String,
}

/// All routes of the template.
pub(crate) fn all() -> Vec<Route> {
    let template = Template::load(&local::find_template()).unwrap();
    let routes = template.functions.into_iter().flat_map(|function| function.routes);
    let routes: Vec<_> =
        routes.map(|route| Route { method: route.method.parse().unwrap(), path: route.path }).collect();
    assert!(routes.len() >= 14, "the template has lost routes: {routes:?}");
    routes
}

/// The routes with a thread id in their path.
pub(crate) fn with_thread_id() -> Vec<Route> {
    let routes: Vec<_> = all().into_iter().filter(|route| route.path.contains("{thread_id}")).collect();
    assert!(routes.len() >= 6, "the template has lost routes: {routes:?}");
    routes
}

impl Route {
    /// The method and path, such as `POST /threads`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path with this thread id and this user id filled in, and with the query that the route needs.
    pub(crate) fn path_of(&self, thread: &str, user: &str) -> String {
        let path = self.path.replace("{thread_id}", thread).replace("{user_id}", user).replace("{message_id}", thread);
        assert!(!path.contains('{'), "{}: add its path parameters", self.name());
        match path.as_str() {
            "/search" => format!("{path}?q=hello"),
            _ => path,
        }
    }

    /// A body that the route accepts. Empty if the route takes no body.
    pub(crate) fn body(&self) -> Vec<u8> {
        let body = match (&self.method, self.path.as_str()) {
            (&Method::GET | &Method::DELETE, _) => return Vec::new(),
            (&Method::POST, "/threads") => json!({"title": "Analytical engine"}),
            (&Method::PATCH, "/threads/{thread_id}") => json!({"title": "Difference engine"}),
            (&Method::POST, "/threads/{thread_id}/messages") => message(),
            (&Method::POST, "/threads/{thread_id}/exchanges") => json!({"user": message(), "assistant": message()}),
            (&Method::POST, "/stream/threads/{thread_id}/replies") => message(),
            (&Method::PATCH, "/settings") => json!({"theme": "dark"}),
            _ => panic!("{}: add a valid body", self.name()),
        };
        body.to_string().into()
    }
}

fn message() -> Value {
    json!({"content": "Hello"})
}

/// The id of a thread that does not exist.
pub(crate) fn unknown_thread_id() -> String {
    Uuid::now_v7().to_string()
}
