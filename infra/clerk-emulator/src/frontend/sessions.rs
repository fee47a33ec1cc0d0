//! `/v1/client/sessions/{id}`: the sessions of a browser, and their tokens.

use axum::{
    Json,
    extract::{Path, State},
    http::Method,
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::{
        answer::{Answer, PendingAnswer},
        caller::Caller,
        errors,
        objects::{session_object, session_token},
        route::{Route, route},
    },
    http::api_error::ApiError,
    instance::Instance,
    sessions::session::{Session, SessionEnd},
    tokens,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/client/sessions/{session_id}", read),
        route(Method::POST, "/v1/client/sessions/{session_id}/touch", touch),
        route(Method::POST, "/v1/client/sessions/{session_id}/end", end),
        route(Method::POST, "/v1/client/sessions/{session_id}/remove", remove),
        route(Method::POST, "/v1/client/sessions/{session_id}/tokens", mint),
        route(Method::POST, "/v1/client/sessions/{session_id}/tokens/{template_name}", mint_from_template),
    ]
}

async fn read(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    let session = find(&instance, &caller, &id)?;
    session_object(&clerk, &instance, session, caller.origin.as_deref()).map(Answer::without_client)
}

/// Makes a session the active one of its client.
async fn touch(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let mut instance = clerk.instance();
    let client_id = find_active(&instance, &caller, &id)?.client_id.clone();
    if let Some(session) = instance.sessions.get_mut(&id) {
        session.touch();
    }
    if let Some(client) = instance.clients.get_mut(&client_id) {
        client.last_active_session_id = Some(id.clone());
    }
    clerk.save(&instance);
    let session = find_active(&instance, &caller, &id)?;
    let object = session_object(&clerk, &instance, session, caller.origin.as_deref())?;
    Answer::of_change(&clerk, &instance, &caller, &client_id, object)
}

async fn end(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    finish(&clerk, &caller, &id, SessionEnd::Ended).await
}

async fn remove(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    finish(&clerk, &caller, &id, SessionEnd::Removed).await
}

/// Ends a session, and delivers its event.
async fn finish(clerk: &Clerk, caller: &Caller, id: &str, end: SessionEnd) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = find(&instance, caller, id)?.client_id.clone();
        if let Some(client) = instance.clients.get_mut(&client_id) {
            client.touch();
        }
        let ended = clerk.end_session_of(&mut instance, id, end, &caller.http);
        let (_, delivered) = ended.ok_or_else(|| ApiError::session_not_found(id))?;
        let session = find(&instance, caller, id)?;
        let object = session_object(clerk, &instance, session, caller.origin.as_deref())?;
        PendingAnswer::new(Answer::of_change(clerk, &instance, caller, &client_id, object)?).after(delivered)
    };
    Ok(pending.wait().await)
}

async fn mint(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let session = find_active(&instance, &caller, &id)?;
    Ok(Json(json!({"object": "token", "jwt": session_token(&clerk, session, caller.origin.as_deref())?})))
}

async fn mint_from_template(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path((id, template)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let user_id = &find_active(&instance, &caller, &id)?.user_id;
    let claims = tokens::template_claims(clerk.issuer(), user_id, &template, tokens::LIFETIME_SECONDS);
    Ok(Json(json!({"object": "token", "jwt": clerk.sign(tokens::template_header(&clerk.key_id()), claims)?})))
}

/// Returns a session of the caller's client, in any state.
fn find<'a>(instance: &'a Instance, caller: &Caller, id: &str) -> Result<&'a Session, ApiError> {
    let client = caller.find_client(instance).ok_or_else(errors::signed_out)?;
    let session = instance.sessions.get(id).filter(|session| session.client_id == client.id);
    session.ok_or_else(|| ApiError::session_not_found(id))
}

/// Returns an active session of the caller's client. For any other one the page has to sign in again, so the status is
/// 401, also if the session is gone together with its user.
pub(super) fn find_active<'a>(instance: &'a Instance, caller: &Caller, id: &str) -> Result<&'a Session, ApiError> {
    let session = find(instance, caller, id).ok().filter(|session| session.is_active());
    session.ok_or_else(errors::invalid_authentication)
}
