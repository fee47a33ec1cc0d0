//! `/v1/client/sign_ups`: sign-up with an e-mail address and a password.

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
        form::Form,
        route::{Route, route},
        session_start::{refuse_second_session, start_session},
        sign_up::SignUp,
        verification::{Strategy, Verification},
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    ids,
    instance::Instance,
    users::{contact::is_email, password::Password},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/client/sign_ups", create),
        route(Method::GET, "/v1/client/sign_ups/{sign_up_id}", read),
        route(Method::PATCH, "/v1/client/sign_ups/{sign_up_id}", update),
        route(Method::POST, "/v1/client/sign_ups/{sign_up_id}/prepare_verification", prepare),
        route(Method::POST, "/v1/client/sign_ups/{sign_up_id}/attempt_verification", attempt),
    ]
}

async fn create(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        caller.check_dev_browser(&instance)?;
        let client_id = caller.ensure_client(&mut instance);
        refuse_second_session(&instance, &client_id)?;
        let mut sign_up = SignUp::new();
        fill(&instance, &mut sign_up, &form)?;
        proceed(&clerk, &mut instance, &caller, client_id, sign_up)?
    };
    Ok(pending.wait().await)
}

async fn read(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    let client_id = caller.client_id(&instance)?;
    Ok(Answer::without_client(find(&instance, &client_id, &id)?.object()))
}

async fn update(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = caller.client_id(&instance)?;
        let mut sign_up = find(&instance, &client_id, &id)?;
        fill(&instance, &mut sign_up, &form)?;
        proceed(&clerk, &mut instance, &caller, client_id, sign_up)?
    };
    Ok(pending.wait().await)
}

/// Takes over the fields of a form. All mistakes are in one error.
fn fill(instance: &Instance, sign_up: &mut SignUp, form: &Form) -> Result<(), ApiError> {
    form.refuse_other_features()?;
    let mut errors = Vec::new();
    if let Some(email) = form.text("email_address").map(str::to_lowercase) {
        if !is_email(&email) {
            errors.push(ErrorEntry::wrong_format("email_address", "a valid email address"));
        } else if instance.users.find_by_identifier(&email).is_some() {
            errors.push(ErrorEntry::taken("email_address"));
        }
        if sign_up.email.as_ref() != Some(&email) {
            sign_up.verification = None;
        }
        sign_up.email = Some(email);
    }
    if let Some(password) = form.text("password") {
        match Password::check("password", password) {
            Ok(()) => sign_up.password = Some(Password::new(password)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::params(errors));
    }
    for (name, stored) in [("first_name", &mut sign_up.first_name), ("last_name", &mut sign_up.last_name)] {
        if let Some(text) = form.given(name) {
            *stored = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
    }
    if let Some(metadata) = form.object("unsafe_metadata")? {
        sign_up.unsafe_metadata = metadata;
    }
    if form.is_true("legal_accepted") {
        sign_up.legal_accepted_at = Some(ids::now_ms());
    }
    Ok(())
}

/// Counts the code as sent.
async fn prepare(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let pending = {
        let mut instance = clerk.instance();
        let client_id = caller.client_id(&instance)?;
        let mut sign_up = find(&instance, &client_id, &id)?;
        let strategy = Strategy::parse(form.require("strategy")?)?;
        if strategy != Strategy::EmailCode || sign_up.email.is_none() {
            return Err(errors::invalid_strategy());
        }
        sign_up.verification = Some(Verification::begin(strategy));
        proceed(&clerk, &mut instance, &caller, client_id, sign_up)?
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
        let mut sign_up = find(&instance, &client_id, &id)?;
        let code = form.require("code")?;
        let verification = sign_up.verification.as_mut().ok_or_else(errors::verification_missing)?;
        let result = verification.attempt(code);
        // A wrong code counts, so the sign-up is kept before the error is returned.
        if let (Err(_), Some(client)) = (&result, instance.clients.get_mut(&client_id)) {
            client.sign_up = Some(sign_up.clone());
        }
        result?;
        proceed(&clerk, &mut instance, &caller, client_id, sign_up)?
    };
    Ok(pending.wait().await)
}

/// Creates the user and a session if nothing is missing, and keeps any other sign-up.
fn proceed(
    clerk: &Clerk,
    instance: &mut Instance,
    caller: &Caller,
    client_id: String,
    mut sign_up: SignUp,
) -> Result<PendingAnswer, ApiError> {
    if !sign_up.is_ready() {
        let object = sign_up.object();
        if let Some(client) = instance.clients.get_mut(&client_id) {
            client.sign_up = Some(sign_up);
        }
        clerk.save(instance);
        return Answer::of_change(clerk, instance, caller, &client_id, object).map(PendingAnswer::new);
    }
    let user = sign_up.to_user();
    // Somebody else may have signed up with the address meanwhile.
    if !instance.users.find_conflicts(&user).is_empty() {
        return Err(ErrorEntry::taken("email_address").into());
    }
    let (user_id, object) = (user.id.clone(), user.object(clerk.instance_id()));
    instance.users.put(user);
    let created = clerk.emit(instance, "user.created", object, &caller.http);
    let (session_id, started) = start_session(clerk, instance, &user_id, &client_id, &caller.http);
    sign_up.created = Some((session_id, user_id));
    let answer = Answer::of_change(clerk, instance, caller, &client_id, sign_up.object())?;
    Ok(PendingAnswer::new(answer).after(created).after(started))
}

fn find(instance: &Instance, client_id: &str, id: &str) -> Result<SignUp, ApiError> {
    let sign_up = instance.clients.get(client_id).and_then(|client| client.sign_up.clone());
    sign_up.filter(|sign_up| sign_up.id == id).ok_or_else(|| errors::sign_up_not_found(id))
}
