//! `/v1/client/sign_ins`: sign-in with a password, a code by e-mail, or a sign-in token.

use axum::{
    extract::{Path, State},
    http::Method,
};

use crate::{
    clerk::Clerk,
    frontend::{
        answer::{Answer, PendingAnswer},
        caller::Caller,
        errors,
        factors::{attempt_factor, attempt_password, prepare_factor},
        form::Form,
        objects::sign_in_object,
        other_sessions::end_other_sessions,
        route::{Route, route},
        session_start::{refuse_barred, refuse_second_session, start_session},
        sign_in::{SignIn, SignInStatus},
        ticket::find_token,
        verification::{Strategy, Verification},
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    instance::Instance,
    users::{password::Password, user::User},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/client/sign_ins", create),
        route(Method::GET, "/v1/client/sign_ins/{sign_in_id}", read),
        route(Method::POST, "/v1/client/sign_ins/{sign_in_id}/prepare_first_factor", prepare),
        route(Method::POST, "/v1/client/sign_ins/{sign_in_id}/attempt_first_factor", attempt),
        route(Method::POST, "/v1/client/sign_ins/{sign_in_id}/reset_password", reset_password),
    ]
}

async fn create(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        caller.check_dev_browser(&instance)?;
        form.refuse_other_features()?;
        let client_id = caller.ensure_client(&mut instance);
        refuse_second_session(&instance, &client_id)?;
        let sign_in = begin(&mut instance, &form)?;
        proceed(&clerk, &mut instance, &caller, client_id, sign_in)?
    };
    Ok(pending.wait().await)
}

/// Reads what the page knows already: nothing, an identifier, or a factor too.
fn begin(instance: &mut Instance, form: &Form) -> Result<SignIn, ApiError> {
    let strategy = form.text("strategy").map(Strategy::parse).transpose()?;
    if strategy == Some(Strategy::Ticket) || form.text("ticket").is_some() {
        return begin_with_ticket(instance, form.require("ticket")?);
    }
    let Some(identifier) = form.text("identifier") else { return Ok(SignIn::new()) };
    let user = instance.users.find_by_identifier(identifier);
    let user = user.ok_or_else(|| ErrorEntry::identifier_not_found("identifier"))?;
    refuse_barred(user)?;
    let mut sign_in = SignIn::of_user(user, Some(identifier));
    if let Some(password) = form.text("password") {
        attempt_password(user, password)?;
        sign_in.verification = Some(Verification::verified(Strategy::Password));
    } else if strategy.is_some_and(|strategy| strategy != Strategy::Password) {
        sign_in.verification = Some(prepare_factor(user, form)?);
    }
    Ok(sign_in)
}

fn begin_with_ticket(instance: &mut Instance, ticket: &str) -> Result<SignIn, ApiError> {
    let token = find_token(instance, ticket)?;
    let user = instance.users.get(&token.user_id).ok_or_else(errors::invalid_ticket)?;
    refuse_barred(user)?;
    let mut sign_in = SignIn::of_user(user, None);
    sign_in.verification = Some(Verification::verified(Strategy::Ticket));
    let token_id = token.id.clone();
    if let Some(token) = instance.sign_in_tokens.get_mut(&token_id) {
        token.accept();
    }
    Ok(sign_in)
}

async fn read(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    let client_id = caller.client_id(&instance)?;
    let sign_in = find(&instance, &client_id, &id)?;
    Ok(Answer::without_client(sign_in_object(&instance, &sign_in)))
}

async fn prepare(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = caller.client_id(&instance)?;
        let mut sign_in = find(&instance, &client_id, &id)?;
        sign_in.verification = Some(prepare_factor(user_of(&instance, &sign_in)?, &form)?);
        proceed(&clerk, &mut instance, &caller, client_id, sign_in)?
    };
    Ok(pending.wait().await)
}

async fn attempt(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = caller.client_id(&instance)?;
        let mut sign_in = find(&instance, &client_id, &id)?;
        let user = user_of(&instance, &sign_in)?.clone();
        refuse_barred(&user)?;
        let result = attempt_factor(&user, &mut sign_in.verification, &form);
        // A wrong code counts, so the sign-in is kept before the error is returned.
        if let (Err(_), Some(client)) = (&result, instance.clients.get_mut(&client_id)) {
            client.sign_in = Some(sign_in.clone());
        }
        result?;
        proceed(&clerk, &mut instance, &caller, client_id, sign_in)?
    };
    Ok(pending.wait().await)
}

/// Sets a new password after a code by e-mail, and completes the sign-in.
async fn reset_password(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = caller.client_id(&instance)?;
        let mut sign_in = find(&instance, &client_id, &id)?;
        if sign_in.status != SignInStatus::NeedsNewPassword {
            return Err(errors::verification_missing());
        }
        let password = form.require("password")?;
        Password::check("password", password)?;
        let mut user = user_of(&instance, &sign_in)?.clone();
        user.set_password(Some(password));
        let user_id = user.id.clone();
        let (_, changed) = clerk.put_user(&mut instance, user, &caller.http);
        let ended = end_other_sessions(&clerk, &mut instance, (&user_id, None), &caller, &form);
        sign_in.status = SignInStatus::NeedsFirstFactor;
        sign_in.verification = Some(Verification::verified(Strategy::Password));
        let pending = proceed(&clerk, &mut instance, &caller, client_id, sign_in)?.after(changed);
        ended.into_iter().fold(pending, PendingAnswer::after)
    };
    Ok(pending.wait().await)
}

/// Completes a sign-in whose factor is proved, and keeps any other one.
fn proceed(
    clerk: &Clerk,
    instance: &mut Instance,
    caller: &Caller,
    client_id: String,
    mut sign_in: SignIn,
) -> Result<PendingAnswer, ApiError> {
    let proved = sign_in.verification.as_ref().filter(|verification| verification.is_verified());
    match (proved.map(|verification| verification.strategy), sign_in.user_id.clone()) {
        (Some(Strategy::ResetPasswordEmailCode), _) => sign_in.status = SignInStatus::NeedsNewPassword,
        (Some(_), Some(user_id)) => {
            let (session_id, created) = start_session(clerk, instance, &user_id, &client_id, &caller.http);
            sign_in.status = SignInStatus::Complete;
            sign_in.created_session_id = Some(session_id);
            let object = sign_in_object(instance, &sign_in);
            let answer = Answer::of_change(clerk, instance, caller, &client_id, object)?;
            return Ok(PendingAnswer::new(answer).after(created));
        }
        _ => {}
    }
    let object = sign_in_object(instance, &sign_in);
    if let Some(client) = instance.clients.get_mut(&client_id) {
        client.sign_in = Some(sign_in);
    }
    clerk.save(instance);
    Answer::of_change(clerk, instance, caller, &client_id, object).map(PendingAnswer::new)
}

fn find(instance: &Instance, client_id: &str, id: &str) -> Result<SignIn, ApiError> {
    let sign_in = instance.clients.get(client_id).and_then(|client| client.sign_in.clone());
    sign_in.filter(|sign_in| sign_in.id == id).ok_or_else(|| errors::sign_in_not_found(id))
}

fn user_of<'a>(instance: &'a Instance, sign_in: &SignIn) -> Result<&'a User, ApiError> {
    let user = sign_in.user_id.as_ref().and_then(|id| instance.users.get(id));
    user.ok_or_else(|| ErrorEntry::identifier_not_found("identifier").into())
}
