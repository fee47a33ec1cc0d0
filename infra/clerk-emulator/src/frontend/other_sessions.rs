//! The end of a user's other sessions, which a new password may ask for.

use crate::{
    clerk::Clerk,
    frontend::{caller::Caller, form::Form, objects::list_user_sessions},
    instance::Instance,
    sessions::session::SessionEnd,
    webhooks::FirstAttempt,
};

/// Revokes the active sessions of a user, except `own`, and delivers the event of each. Does nothing if the form does not
/// ask for it. Returns what completes with the deliveries.
pub(super) fn end_other_sessions(
    clerk: &Clerk,
    instance: &mut Instance,
    (user_id, own): (&str, Option<&str>),
    caller: &Caller,
    form: &Form,
) -> Vec<FirstAttempt> {
    if !form.is_true("sign_out_of_other_sessions") {
        return Vec::new();
    }
    let sessions = list_user_sessions(instance, user_id).into_iter();
    let others: Vec<String> =
        sessions.filter(|session| Some(session.id.as_str()) != own).map(|session| session.id.clone()).collect();
    let revoke = |id: &String| clerk.end_session_of(instance, id, SessionEnd::Revoked, &caller.http);
    others.iter().filter_map(revoke).map(|(_, attempted)| attempted).collect()
}
