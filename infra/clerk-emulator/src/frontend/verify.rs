//! `/v1/client/sessions/{id}/verify`: proving the first factor again.

use axum::{
    extract::{Path, State},
    http::Method,
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::{
        answer::Answer,
        caller::Caller,
        errors,
        factors::{attempt_factor, list_factors, prepare_factor},
        form::Form,
        objects::session_object,
        reverification::Reverification,
        route::{Route, route},
        sessions::find_active,
        verification::{Strategy, Verification},
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    ids,
    instance::Instance,
    sessions::session::Session,
    users::user::User,
};

/// The age of the first factor, in minutes, at which sensitive changes of a profile need another proof (Clerk's docs,
/// "Reverification": `strict` and `moderate` are ten minutes).
const MAXIMUM_AGE_MINUTES: i64 = 10;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/client/sessions/{session_id}/verify", start),
        route(Method::POST, "/v1/client/sessions/{session_id}/verify/prepare_first_factor", prepare),
        route(Method::POST, "/v1/client/sessions/{session_id}/verify/attempt_first_factor", attempt),
    ]
}

/// Refuses a sensitive change if the first factor was proved too long ago.
pub(super) fn require_recent_factor(session: &Session) -> Result<(), ApiError> {
    let [first_factor, _] = session.factor_verification_age();
    if first_factor < MAXIMUM_AGE_MINUTES { Ok(()) } else { Err(errors::reverification_required()) }
}

/// Every level is proved with the first factor, because no user here has a second one.
async fn start(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let level = form.text("level").unwrap_or("first_factor");
    if !["first_factor", "second_factor", "multi_factor"].contains(&level) {
        return Err(ErrorEntry::wrong_value("level").into());
    }
    let mut instance = clerk.instance();
    find_active(&instance, &caller, &id)?;
    let reverification = Reverification { session_id: id, verification: None };
    keep(&clerk, &mut instance, &caller, reverification)
}

async fn prepare(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let mut instance = clerk.instance();
    let mut reverification = find(&instance, &caller, &id)?;
    reverification.verification = Some(prepare_factor(user_of(&instance, &caller, &id)?, &form)?);
    keep(&clerk, &mut instance, &caller, reverification)
}

async fn attempt(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let mut instance = clerk.instance();
    let mut reverification = find(&instance, &caller, &id)?;
    let user = user_of(&instance, &caller, &id)?.clone();
    let result = match form.text("strategy").map(Strategy::parse).transpose()? {
        Some(Strategy::ResetPasswordEmailCode) => Err(errors::invalid_strategy()),
        _ => attempt_factor(&user, &mut reverification.verification, &form),
    };
    if result.is_ok()
        && let Some(session) = instance.sessions.get_mut(&id)
    {
        session.set_first_factor_at(ids::now_ms());
        clerk.save(&instance);
    }
    let answer = keep(&clerk, &mut instance, &caller, reverification);
    result.and(answer)
}

/// Stores what has been reached, and returns it.
fn keep(
    clerk: &Clerk,
    instance: &mut Instance,
    caller: &Caller,
    reverification: Reverification,
) -> Result<Answer, ApiError> {
    let object = object(clerk, instance, caller, &reverification)?;
    let client_id = caller.client_id(instance)?;
    if let Some(client) = instance.clients.get_mut(&client_id) {
        client.reverification = Some(reverification);
    }
    Answer::of_change(clerk, instance, caller, &client_id, object)
}

fn object(
    clerk: &Clerk,
    instance: &Instance,
    caller: &Caller,
    reverification: &Reverification,
) -> Result<Value, ApiError> {
    let session = find_active(instance, caller, &reverification.session_id)?;
    let user = instance.users.get(&session.user_id);
    let is_complete = reverification.verification.as_ref().is_some_and(Verification::is_verified);
    // The factors that reset a password prove nothing here.
    let is_proof = |factor: &Value| factor["strategy"] != json!(Strategy::ResetPasswordEmailCode);
    let factors = user.map(list_factors).unwrap_or_default().into_iter().filter(is_proof);
    Ok(json!({
        "object": "session_reverification",
        "level": "first_factor",
        "status": if is_complete { "complete" } else { "needs_first_factor" },
        "supported_first_factors": factors.collect::<Vec<_>>(),
        "supported_second_factors": [],
        "first_factor_verification": reverification.verification.as_ref().map(Verification::object),
        "second_factor_verification": null,
        "session": session_object(clerk, instance, session, caller.origin.as_deref())?,
    }))
}

fn find(instance: &Instance, caller: &Caller, session_id: &str) -> Result<Reverification, ApiError> {
    find_active(instance, caller, session_id)?;
    let reverification = caller.find_client(instance).and_then(|client| client.reverification.clone());
    let of_session = reverification.filter(|reverification| reverification.session_id == session_id);
    of_session.ok_or_else(errors::reverification_missing)
}

fn user_of<'a>(instance: &'a Instance, caller: &Caller, session_id: &str) -> Result<&'a User, ApiError> {
    let session = find_active(instance, caller, session_id)?;
    instance.users.get(&session.user_id).ok_or_else(errors::invalid_authentication)
}
