//! `/v1/me`: the profile of the user who is signed in.

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
        form::Form,
        objects::{list_user_sessions, session_object, user_object},
        profile_change::change_user,
        route::{Route, route},
        verify::require_recent_factor,
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    sessions::session::SessionEnd,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/me", read),
        route(Method::PATCH, "/v1/me", update),
        route(Method::DELETE, "/v1/me", delete),
        route(Method::PATCH, "/v1/me/metadata", merge_metadata),
        route(Method::GET, "/v1/me/sessions", list_sessions),
        route(Method::GET, "/v1/me/sessions/active", list_sessions),
        route(Method::POST, "/v1/me/sessions/{session_id}/revoke", revoke_session),
        route(Method::GET, "/v1/me/organization_memberships", list_organization_memberships),
    ]
}

async fn read(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    let user = caller.user(&instance)?;
    Ok(Answer::without_client(user_object(&clerk, &instance, user)))
}

async fn update(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    change_user(&clerk, &caller, |_, user| {
        form.refuse_other_features()?;
        for (name, stored) in [("first_name", &mut user.first_name), ("last_name", &mut user.last_name)] {
            if let Some(text) = form.given(name) {
                *stored = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
        }
        if let Some(metadata) = form.object("unsafe_metadata")? {
            user.set_unsafe_metadata(metadata)?;
        }
        if let Some(id) = form.text("primary_email_address_id") {
            if !user.emails.iter().any(|email| email.id == id && email.is_verified()) {
                return Err(ErrorEntry::resource_not_found("primary_email_address_id").into());
            }
            user.primary_email_id = Some(id.to_owned());
        }
        Ok(None)
    })
    .await
}

/// Merges into the unsafe metadata, the only kind that a page may change.
async fn merge_metadata(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    change_user(&clerk, &caller, |_, user| {
        let given = form.object("unsafe_metadata")?.unwrap_or_default();
        user.merge_unsafe_metadata(given).map(|()| None)
    })
    .await
}

async fn delete(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let user = caller.user(&instance)?;
        require_recent_factor(caller.session(&instance)?)?;
        if !user.delete_self_enabled {
            return Err(errors::self_deletion_not_enabled());
        }
        let (user_id, client_id) = (user.id.clone(), caller.client_id(&instance)?);
        if let Some(client) = instance.clients.get_mut(&client_id) {
            client.leave();
        }
        let deleted = clerk.delete_user(&mut instance, &user_id, &caller.http);
        let (object, delivered) = deleted.ok_or_else(errors::invalid_authentication)?;
        PendingAnswer::new(Answer::of_change(&clerk, &instance, &caller, &client_id, object)?).after(delivered)
    };
    Ok(pending.wait().await)
}

/// Lists the user's active sessions in all browsers. The answer is the list alone.
async fn list_sessions(State(clerk): State<Clerk>, caller: Caller) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let user = caller.user(&instance)?;
    let sessions = list_user_sessions(&instance, &user.id).into_iter().map(|session| {
        let mut object = session.object();
        object["latest_activity"] = json!({
            "object": "session_activity",
            "id": session.id.replacen("sess_", "sess_activity_", 1),
            "is_mobile": false,
            "browser_name": "Browser",
            "ip_address": "127.0.0.1",
        });
        object
    });
    Ok(Json(sessions.collect()))
}

/// Signs the user out in another browser.
async fn revoke_session(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let user_id = caller.user(&instance)?.id.clone();
        let client_id = caller.client_id(&instance)?;
        instance
            .sessions
            .get(&id)
            .filter(|session| session.user_id == user_id)
            .ok_or_else(|| ApiError::session_not_found(&id))?;
        let ended = clerk.end_session_of(&mut instance, &id, SessionEnd::Revoked, &caller.http);
        let (_, delivered) = ended.ok_or_else(|| ApiError::session_not_found(&id))?;
        let session = instance.sessions.get(&id).ok_or_else(|| ApiError::session_not_found(&id))?;
        let object = session_object(&clerk, &instance, session, caller.origin.as_deref())?;
        PendingAnswer::new(Answer::of_change(&clerk, &instance, &caller, &client_id, object)?).after(delivered)
    };
    Ok(pending.wait().await)
}

/// Returns an empty list, because the emulator has no organizations.
async fn list_organization_memberships(State(clerk): State<Clerk>, caller: Caller) -> Result<Answer, ApiError> {
    caller.user(&clerk.instance())?;
    Ok(Answer::without_client(json!({"data": [], "total_count": 0})))
}
