//! The routes of the template, and a good request for each: a route that is new fails the tests that ask all of them,
//! until it says here what it wants.

use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A route of the template.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// As the template writes it, `/threads/{thread_id}`.
    pub(crate) path: String,
}

/// All routes.
pub(crate) fn all() -> Vec<Route> {
    let template = Template::load(&local::find_template()).unwrap();
    let routes = template.functions.into_iter().flat_map(|function| function.routes);
    let routes: Vec<_> =
        routes.map(|route| Route { method: route.method.parse().unwrap(), path: route.path }).collect();
    assert!(routes.len() >= 14, "the template has lost routes: {routes:?}");
    routes
}

/// The routes that name a thread.
pub(crate) fn with_thread() -> Vec<Route> {
    let routes: Vec<_> = all().into_iter().filter(|route| route.path.contains("{thread_id}")).collect();
    assert!(routes.len() >= 6, "the template has lost routes: {routes:?}");
    routes
}

impl Route {
    /// `POST /threads`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Its path with this thread in it, or with a user's id where it wants one.
    pub(crate) fn path_of(&self, thread: &str, user: &str) -> String {
        let path = self.path.replace("{thread_id}", thread).replace("{user_id}", user);
        assert!(!path.contains('{'), "{}: what is to stand in its path?", self.name());
        path
    }

    /// A body that the route takes; empty where it wants none.
    pub(crate) fn body(&self) -> Vec<u8> {
        let body = match (&self.method, self.path.as_str()) {
            (&Method::GET | &Method::DELETE, _) => return Vec::new(),
            (&Method::POST, "/threads") => json!({"title": "Analytical engine"}),
            (&Method::PATCH, "/threads/{thread_id}") => json!({"title": "Difference engine"}),
            (&Method::POST, "/threads/{thread_id}/messages") => message(),
            (&Method::POST, "/threads/{thread_id}/exchanges") => json!({"user": message(), "assistant": message()}),
            (&Method::PATCH, "/settings") => json!({"theme": "dark"}),
            _ => panic!("{}: what is a good body?", self.name()),
        };
        body.to_string().into()
    }
}

fn message() -> Value {
    json!({"content": "Hello"})
}

/// The id of a thread that nobody has.
pub(crate) fn nobodys_thread() -> String {
    Uuid::now_v7().to_string()
}
