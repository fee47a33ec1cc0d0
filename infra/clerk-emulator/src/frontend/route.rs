//! The routes of the Frontend API as a list, so that a test can compare them with Clerk's description.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};

use crate::clerk::Clerk;

/// A route: a method, a path, and what answers.
pub(super) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "only a test lists the routes"))]
    pub(super) method: Method,
    pub(super) path: &'static str,
    handler: MethodRouter<Clerk>,
}

pub(super) fn route<H, T>(method: Method, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Clerk>,
    T: 'static,
{
    // Every method that a route of Clerk has is one of the filters.
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE);
    Route { method, path, handler: on(filter, handler) }
}

/// Returns a router with these routes.
pub(super) fn router_of(routes: Vec<Route>) -> Router<Clerk> {
    routes.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler))
}
