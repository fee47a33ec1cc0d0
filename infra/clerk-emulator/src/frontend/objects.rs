//! The objects that a page gets: the client, its sessions, and their users.

use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::{client::BrowserClient, sign_in::SignIn},
    http::api_error::ApiError,
    instance::Instance,
    sessions::session::Session,
    tokens,
    users::user::User,
};

/// Returns a client with its active sessions, oldest first.
pub(super) fn client_object(
    clerk: &Clerk,
    instance: &Instance,
    client: &BrowserClient,
    origin: Option<&str>,
) -> Result<Value, ApiError> {
    let sessions = list_sessions(instance, client);
    let last_active = client.last_active_session_id.as_ref();
    let last_active = last_active.filter(|id| sessions.iter().any(|session| session.id == **id));
    let objects: Result<Vec<Value>, ApiError> =
        sessions.iter().map(|session| session_object(clerk, instance, session, origin)).collect();
    Ok(json!({
        "object": "client",
        "id": client.id,
        "sessions": objects?,
        "sign_in": client.sign_in.as_ref().map(|sign_in| sign_in_object(instance, sign_in)),
        "sign_up": client.sign_up.as_ref().map(|sign_up| sign_up.object()),
        "last_active_session_id": last_active.or(sessions.last().map(|session| &session.id)),
        "last_authentication_strategy": null,
        "cookie_expires_at": null,
        // The page need not solve a CAPTCHA.
        "captcha_bypass": true,
        "created_at": client.created_at,
        "updated_at": client.updated_at,
    }))
}

/// Returns a sign-in with the factors of its user.
pub(super) fn sign_in_object(instance: &Instance, sign_in: &SignIn) -> Value {
    sign_in.object(sign_in.user_id.as_ref().and_then(|id| instance.users.get(id)))
}

/// Lists the active sessions of a client, oldest first.
pub(super) fn list_sessions<'a>(instance: &'a Instance, client: &BrowserClient) -> Vec<&'a Session> {
    let is_of_client = |session: &&Session| session.client_id == client.id && session.is_active();
    let mut sessions: Vec<&Session> = instance.sessions.values().filter(is_of_client).collect();
    sessions.sort_unstable_by_key(|session| (session.created_at, &session.id));
    sessions
}

/// Lists the active sessions of a user in all browsers, newest first.
pub(super) fn list_user_sessions<'a>(instance: &'a Instance, user_id: &str) -> Vec<&'a Session> {
    let is_of_user = |session: &&Session| session.user_id == user_id && session.is_active();
    let mut sessions: Vec<&Session> = instance.sessions.values().filter(is_of_user).collect();
    sessions.sort_unstable_by_key(|session| (-session.created_at, &session.id));
    sessions
}

/// Returns a session with its user. An active one also has a token for the page.
pub(super) fn session_object(
    clerk: &Clerk,
    instance: &Instance,
    session: &Session,
    origin: Option<&str>,
) -> Result<Value, ApiError> {
    let user = instance.users.get(&session.user_id);
    let mut object = session.object();
    object["factor_verification_age"] = json!(session.factor_verification_age());
    object["user"] = user.map_or(Value::Null, |user| user_object(clerk, instance, user));
    object["public_user_data"] = user.map_or(Value::Null, public_user_data);
    object["tasks"] = Value::Null;
    object["last_active_token"] = Value::Null;
    if session.is_active() {
        object["last_active_token"] = json!({"object": "token", "jwt": session_token(clerk, session, origin)?});
    }
    Ok(object)
}

/// Mints a token of a session for a page. `azp` is the origin of the page.
pub(super) fn session_token(clerk: &Clerk, session: &Session, origin: Option<&str>) -> Result<String, ApiError> {
    let claims = tokens::claims_for_page(clerk.issuer(), session, origin);
    clerk.sign(tokens::session_header(&clerk.key_id()), claims)
}

/// Returns a user as its own page sees it: without private metadata.
pub(super) fn user_object(clerk: &Clerk, instance: &Instance, user: &User) -> Value {
    let mut object = instance.user_object(user, clerk.instance_id());
    if let Some(fields) = object.as_object_mut() {
        fields.remove("private_metadata");
        fields.insert("organization_memberships".to_owned(), json!([]));
        // Clerk's default picture is on another host. Without it, Clerk's components show the initials.
        for image in ["image_url", "profile_image_url"] {
            fields.insert(image.to_owned(), json!(""));
        }
    }
    object
}

fn public_user_data(user: &User) -> Value {
    json!({
        "first_name": user.first_name,
        "last_name": user.last_name,
        "image_url": "",
        "has_image": false,
        "identifier": identifier(user),
        "user_id": user.id,
        "username": user.username,
    })
}

/// Returns the text by which a user signs in: the primary e-mail address, the username or the phone number.
fn identifier(user: &User) -> String {
    let primary = user.emails.iter().find(|email| user.primary_email_id.as_ref() == Some(&email.id));
    let email = primary.or(user.emails.first()).map(|email| &email.value);
    let phone = || user.phones.first().map(|phone| &phone.value);
    email.or(user.username.as_ref()).or_else(phone).cloned().unwrap_or_default()
}
