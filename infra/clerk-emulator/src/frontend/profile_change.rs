//! A change of the user who is signed in.

use serde_json::Value;

use crate::{
    clerk::Clerk,
    frontend::{
        answer::{Answer, PendingAnswer},
        caller::Caller,
        objects::user_object,
    },
    http::api_error::ApiError,
    instance::Instance,
    users::user::User,
};

/// Changes the user, and delivers the event. The response is what `apply` returns, or the user if it returns `None`.
pub(super) async fn change_user(
    clerk: &Clerk,
    caller: &Caller,
    apply: impl FnOnce(&Instance, &mut User) -> Result<Option<Value>, ApiError>,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let mut user = caller.user(&instance)?.clone();
        let client_id = caller.client_id(&instance)?;
        let response = apply(&instance, &mut user)?;
        let user_id = user.id.clone();
        let (_, changed) = clerk.put_user(&mut instance, user, &caller.http);
        let changed_user = || instance.users.get(&user_id).map(|user| user_object(clerk, &instance, user));
        let response = response.or_else(changed_user).unwrap_or_default();
        PendingAnswer::new(Answer::of_change(clerk, &instance, caller, &client_id, response)?).after(changed)
    };
    Ok(pending.wait().await)
}
