//! Extensions of a request: its route and its caller.

use std::sync::OnceLock;

use lambda_http::Request;
use serde_json::Value;
use usher_contract::Identity;

/// The route of a request as the template names it, `GET /users/{user_id}`.
#[derive(Debug, Clone)]
pub(crate) struct Route(pub(crate) String);

/// The fields of a caller that the log shows.
#[derive(Debug, Clone)]
pub(crate) struct LoggedCaller {
    pub(crate) user: String,
    pub(crate) session_id: Option<String>,
    /// The subject of the actor who impersonates the user. `unknown` if the token does not name the actor.
    pub(crate) actor: Option<String>,
}

/// The caller of a request, set after the token was verified.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallerSlot(OnceLock<LoggedCaller>);

impl CallerSlot {
    pub(crate) fn get(&self) -> Option<&LoggedCaller> {
        self.0.get()
    }
}

/// Returns the route of a request as the template names it.
pub(crate) fn route(request: &Request) -> &str {
    request.extensions().get().map_or("", |Route(route)| route)
}

/// Returns the caller of a request, if a token has proved one.
pub(crate) fn caller(request: &Request) -> Option<&LoggedCaller> {
    request.extensions().get::<CallerSlot>().and_then(CallerSlot::get)
}

/// Sets the caller of a request.
pub(crate) fn set_caller(request: &Request, identity: &Identity) {
    let subject = |actor: &Value| actor["sub"].as_str().unwrap_or("unknown").to_owned();
    let caller = LoggedCaller {
        user: identity.subject.to_string(),
        session_id: identity.session_id.clone(),
        actor: identity.actor.as_ref().map(subject),
    };
    if let Some(CallerSlot(slot)) = request.extensions().get() {
        // If the request is handled twice, the slot already has the same caller.
        let _ = slot.set(caller);
    }
}
