//! The start of a session: who may sign in, and the session of a browser.

use crate::{
    clerk::Clerk,
    frontend::{errors, objects::list_sessions},
    http::api_error::ApiError,
    instance::Instance,
    sessions::session::Session,
    users::user::User,
    webhooks::{FirstAttempt, event::HttpRequest},
};

/// Refuses a user who is banned or locked.
pub(super) fn refuse_barred(user: &User) -> Result<(), ApiError> {
    match (user.banned, user.locked) {
        (true, _) => Err(errors::user_banned()),
        (_, true) => Err(errors::user_locked()),
        _ => Ok(()),
    }
}

/// Refuses a sign-in or a sign-up in a browser where somebody is signed in, because the instance allows one session for
/// each client.
pub(super) fn refuse_second_session(instance: &Instance, client_id: &str) -> Result<(), ApiError> {
    let client = instance.clients.get(client_id);
    let is_signed_in = client.is_some_and(|client| !list_sessions(instance, client).is_empty());
    if is_signed_in { Err(errors::already_signed_in()) } else { Ok(()) }
}

/// Starts a session of a user in a browser, and delivers its event. Returns the id of the session.
pub(super) fn start_session(
    clerk: &Clerk,
    instance: &mut Instance,
    user_id: &str,
    client_id: &str,
    http: &HttpRequest,
) -> (String, FirstAttempt) {
    let session = Session::for_client(user_id.to_owned(), client_id.to_owned());
    let (id, event) = (session.id.clone(), instance.session_event_object(&session, clerk.instance_id()));
    instance.sessions.insert(id.clone(), session);
    if let Some(client) = instance.clients.get_mut(client_id) {
        client.enter(&id);
    }
    (id, clerk.emit(instance, "session.created", event, http))
}
