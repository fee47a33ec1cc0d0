//! What is known of a request beside what it says: its route, and who is calling.

use std::sync::OnceLock;

use lambda_http::Request;
use serde_json::Value;
use usher_auth::Identity;

/// An extension of a request: its route as the template names it, `GET /users/{user_id}`.
#[derive(Debug, Clone)]
pub(crate) struct Route(pub(crate) String);

/// What the log says of a caller.
#[derive(Debug, Clone)]
pub(crate) struct LoggedCaller {
    pub(crate) user: String,
    pub(crate) session_id: Option<String>,
    /// The subject of whoever impersonates the user, `unknown` if the token does not name it.
    pub(crate) actor: Option<String>,
}

/// An extension of a request: who is calling, once a token has proved it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallerSlot(OnceLock<LoggedCaller>);

impl CallerSlot {
    pub(crate) fn get(&self) -> Option<&LoggedCaller> {
        self.0.get()
    }
}

/// `GET /users/{user_id}`: the route as the template names it.
pub(crate) fn route(request: &Request) -> &str {
    request.extensions().get().map_or("", |Route(route)| route)
}

pub(crate) fn caller(request: &Request) -> Option<&LoggedCaller> {
    request.extensions().get::<CallerSlot>().and_then(CallerSlot::get)
}

pub(crate) fn set_caller(request: &Request, identity: &Identity) {
    let subject = |actor: &Value| actor["sub"].as_str().unwrap_or("unknown").to_owned();
    let caller = LoggedCaller {
        user: identity.subject.to_string(),
        session_id: identity.session_id.clone(),
        actor: identity.actor.as_ref().map(subject),
    };
    if let Some(CallerSlot(slot)) = request.extensions().get() {
        // A request that is handled a second time has the same caller.
        let _ = slot.set(caller);
    }
}
