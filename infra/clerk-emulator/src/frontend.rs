//! The Frontend API: what Clerk's scripts and components call from a web page.
//!
//! `client` is the browser: Clerk knows it by the cookie `__client`, or by a dev browser, a token in the query
//! (`caller`). Its sessions are those of the instance, so the Backend API lists and revokes them. A `sign_in` or a
//! `sign_up` is kept in the client until it is complete. `answer` has a response and the client beside it; it waits for
//! the webhooks of the change.
//!
//! Every path is answered by one router of its own (`layers`), so that `POST …?_method=PATCH` reaches the route of
//! `PATCH`, and so that a page of this machine may read every answer, errors too.

mod answer;
mod browser;
mod caller;
pub(crate) mod client;
pub(crate) mod clients;
mod cookie_suffix;
mod dev_browser;
mod email_addresses;
mod environment;
mod errors;
mod factors;
mod form;
pub(crate) mod handshake;
mod layers;
mod me;
mod objects;
mod other_sessions;
mod passwords;
mod profile_change;
mod reverification;
mod route;
mod scripts;
mod session_start;
mod sessions;
mod sign_in;
mod sign_ins;
mod sign_up;
mod sign_ups;
mod ticket;
mod verification;
mod verify;

use crate::{
    clerk::Clerk,
    frontend::{
        layers::frontend_service,
        route::{Route, router_of},
        scripts::serve_script,
    },
};
use axum::Router;
#[cfg(test)]
use axum::http::Method;

/// The paths that belong to the Frontend API, with everything below them.
const PATHS: [&str; 10] = [
    "/v1/client",
    "/v1/client/{*rest}",
    "/v1/dev_browser",
    "/v1/dev_browser/{*rest}",
    "/v1/environment",
    "/v1/environment/{*rest}",
    "/v1/me",
    "/v1/me/{*rest}",
    "/npm",
    "/npm/{*rest}",
];

impl Clerk {
    /// Returns the routes of the Frontend API. Serve them in a Tokio runtime, and let no foreign page call them
    /// ([`Pages::OfThisMachine`](usher_loopback::Pages::OfThisMachine)).
    pub fn frontend_router(&self) -> Router {
        let folder = self.scripts().map(ToOwned::to_owned);
        let scripts = axum::routing::get(async move |request| serve_script(folder.clone(), request).await);
        let routes = router_of(routes()).route("/npm/{*rest}", scripts);
        let service = frontend_service(self, routes);
        PATHS.into_iter().fold(Router::new(), |router, path| router.route_service(path, service.clone()))
    }
}

fn routes() -> Vec<Route> {
    [
        browser::routes(),
        dev_browser::routes(),
        email_addresses::routes(),
        environment::routes(),
        handshake::routes(),
        me::routes(),
        passwords::routes(),
        sessions::routes(),
        sign_ins::routes(),
        sign_ups::routes(),
        verify::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns the method and the path of every route.
#[cfg(test)]
pub(crate) fn list_routes() -> Vec<(Method, &'static str)> {
    routes().into_iter().map(|route| (route.method, route.path)).collect()
}
