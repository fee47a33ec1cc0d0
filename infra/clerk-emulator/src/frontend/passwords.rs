//! `/v1/me/change_password` and `/v1/me/remove_password`.

use axum::{extract::State, http::Method};

use crate::{
    clerk::Clerk,
    frontend::{
        answer::Answer,
        caller::Caller,
        errors,
        form::Form,
        other_sessions::end_other_sessions,
        profile_change::change_user,
        route::{Route, route},
        verify::require_recent_factor,
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    users::{password::Password, user::User},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/me/change_password", change_password),
        route(Method::POST, "/v1/me/remove_password", remove_password),
    ]
}

/// Sets a password, the first one or another one.
async fn change_password(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    let own = caller.session(&clerk.instance())?.clone();
    require_recent_factor(&own)?;
    let answer = change_user(&clerk, &caller, |_, user| {
        let new = form.require("new_password")?;
        check_current(user, &form)?;
        Password::check("new_password", new)?;
        if user.password.as_ref().is_some_and(|own| own.is(new)) {
            return Err(ErrorEntry::matches_current_password("new_password").into());
        }
        user.set_password(Some(new));
        Ok(None)
    })
    .await?;
    let ended = end_other_sessions(&clerk, &mut clerk.instance(), (&own.user_id, Some(&own.id)), &caller, &form);
    for attempted in ended {
        attempted.wait().await;
    }
    Ok(answer)
}

async fn remove_password(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    require_recent_factor(caller.session(&clerk.instance())?)?;
    change_user(&clerk, &caller, |_, user| {
        if !user.password_enabled {
            return Err(errors::no_password_set());
        }
        check_current(user, &form)?;
        user.set_password(None);
        Ok(None)
    })
    .await
}

/// Checks the current password, if the form has it. Otherwise the recent factor is proof enough.
fn check_current(user: &User, form: &Form) -> Result<(), ApiError> {
    match (form.text("current_password"), &user.password) {
        (Some(text), Some(password)) if !password.is(text) => {
            Err(ErrorEntry::incorrect_password("current_password").into())
        }
        _ => Ok(()),
    }
}
