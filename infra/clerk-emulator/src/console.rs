//! What a page needs that shows an instance and drives it through the control routes.

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};
use usher_loopback::{Hosts, Pages, guarded};

use crate::{SERVICE, clerk::Clerk};

/// The console of an instance, and what it shows beside the instance.
#[derive(Debug, Clone, Default)]
pub struct Console {
    /// The URL of the app in which the console signs users in, as in `http://localhost:3002/sign-in`. The page there
    /// must accept Clerk's parameter `__clerk_ticket`, as `<SignIn/>` does.
    pub app_url: Option<String>,
    /// Further control routes of a stack that has a table and WebSockets: `/control/rows` and `/control/connections`.
    pub stack_routes: Option<Router>,
}

impl Clerk {
    /// Returns all routes with the check of their callers: those of [`Clerk::router`] for programs of this machine, those
    /// of [`Clerk::frontend_router`] also for pages of this machine, and, if there is a console, the control routes for
    /// programs and the page of the console. Serve them with [`Pages::AsCorsAllows`], because each part has a check of
    /// its own.
    pub fn guarded_router(&self, console: Option<Console>, hosts: &Hosts) -> Router {
        let router = guarded(SERVICE, self.router(), hosts, Pages::None);
        let router = router.merge(guarded(SERVICE, self.frontend_router(), hosts, Pages::OfThisMachine));
        let Some(console) = console else { return router };
        let settings = json!({
            "object": "console",
            "app_url": console.app_url,
            "has_stack": console.stack_routes.is_some(),
        });
        let control = self
            .control_router()
            .merge(Router::new().route("/control/console", get(settings_of)).with_state(settings))
            .merge(console.stack_routes.unwrap_or_default());
        router.merge(guarded(SERVICE, control, hosts, Pages::Own))
    }
}

async fn settings_of(State(settings): State<Value>) -> Json<Value> {
    Json(settings)
}
