//! `/v1/client`: the client of a browser.

use axum::{extract::State, http::Method};

use crate::{
    clerk::Clerk,
    frontend::{
        answer::{Answer, PendingAnswer},
        caller::Caller,
        objects::list_sessions,
        route::{Route, route},
    },
    http::api_error::ApiError,
    instance::Instance,
    sessions::session::SessionEnd,
    webhooks::FirstAttempt,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/client", read),
        route(Method::PUT, "/v1/client", create),
        route(Method::POST, "/v1/client", create),
        route(Method::DELETE, "/v1/client", destroy),
        route(Method::DELETE, "/v1/client/sessions", remove_sessions),
    ]
}

/// Returns null for a browser that has no client yet.
async fn read(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    caller.check_dev_browser(&instance)?;
    let id = caller.find_client(&instance).map(|client| client.id.clone()).unwrap_or_default();
    Answer::of_client(&clerk, &instance, &caller, &id)
}

async fn create(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let mut instance = clerk.instance();
    caller.check_dev_browser(&instance)?;
    let id = caller.ensure_client(&mut instance);
    clerk.save(&instance);
    Answer::of_client(&clerk, &instance, &caller, &id)
}

/// Signs out, and forgets the browser.
async fn destroy(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let id = caller.client_id(&instance)?;
        let removed = remove_all(&clerk, &mut instance, &caller, &id);
        let answer = Answer::of_client(&clerk, &instance, &caller, &id)?.forgetting_client();
        instance.clients.remove(&id);
        clerk.save(&instance);
        removed.into_iter().fold(PendingAnswer::new(answer), PendingAnswer::after)
    };
    Ok(pending.wait().await)
}

/// Signs out. The browser keeps its client.
async fn remove_sessions(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let id = caller.client_id(&instance)?;
        let removed = remove_all(&clerk, &mut instance, &caller, &id);
        clerk.save(&instance);
        let answer = Answer::of_client(&clerk, &instance, &caller, &id)?;
        removed.into_iter().fold(PendingAnswer::new(answer), PendingAnswer::after)
    };
    Ok(pending.wait().await)
}

fn remove_all(clerk: &Clerk, instance: &mut Instance, caller: &Caller, client_id: &str) -> Vec<FirstAttempt> {
    let client = instance.clients.get(client_id);
    let sessions = client.map(|client| list_sessions(instance, client)).unwrap_or_default();
    let ids: Vec<String> = sessions.into_iter().map(|session| session.id.clone()).collect();
    if let Some(client) = instance.clients.get_mut(client_id) {
        client.leave();
    }
    let remove = |id: &String| clerk.end_session_of(instance, id, SessionEnd::Removed, &caller.http);
    ids.iter().filter_map(remove).map(|(_, removed)| removed).collect()
}
