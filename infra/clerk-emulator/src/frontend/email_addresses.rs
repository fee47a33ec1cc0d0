//! `/v1/me/email_addresses`: the e-mail addresses of a profile.

use axum::{
    extract::{Path, State},
    http::Method,
};
use serde_json::json;

use crate::{
    clerk::Clerk,
    frontend::{
        answer::Answer,
        caller::Caller,
        errors,
        form::Form,
        profile_change::change_user,
        route::{Route, route},
        verification::TEST_CODE,
        verify::require_recent_factor,
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    ids,
    users::contact::{Contact, ContactVerification, email_object, is_email},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::POST, "/v1/me/email_addresses", create),
        route(Method::GET, "/v1/me/email_addresses/{email_id}", read),
        route(Method::DELETE, "/v1/me/email_addresses/{email_id}", delete),
        route(Method::POST, "/v1/me/email_addresses/{email_id}/prepare_verification", prepare),
        route(Method::POST, "/v1/me/email_addresses/{email_id}/attempt_verification", attempt),
    ]
}

/// Adds an address. The user signs in with it only after it is verified.
async fn create(State(clerk): State<Clerk>, caller: Caller, form: Form) -> Result<Answer, ApiError> {
    let name = "email_address";
    let value = form.require(name)?.to_lowercase();
    change_user(&clerk, &caller, |instance, user| {
        require_recent_factor(caller.session(instance)?)?;
        if !is_email(&value) {
            return Err(ErrorEntry::wrong_format(name, "a valid email address").into());
        }
        let is_own = user.emails.iter().any(|email| email.value == value);
        if is_own || instance.users.find_by_identifier(&value).is_some() {
            return Err(ErrorEntry::taken(name).into());
        }
        let email = Contact::new(value, ContactVerification::Pending, ids::now_ms());
        let object = email_object(&email);
        user.emails.push(email);
        Ok(Some(object))
    })
    .await
}

async fn read(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let instance = clerk.instance();
    let email = caller.user(&instance)?.emails.iter().find(|email| email.id == id);
    Ok(Answer::without_client(email.map(email_object).ok_or_else(errors::email_address_not_found)?))
}

/// Removes an address. Another verified one becomes the primary one.
async fn delete(State(clerk): State<Clerk>, caller: Caller, Path(id): Path<String>) -> Result<Answer, ApiError> {
    change_user(&clerk, &caller, |instance, user| {
        require_recent_factor(caller.session(instance)?)?;
        let position = user.emails.iter().position(|email| email.id == id);
        let position = position.ok_or_else(errors::email_address_not_found)?;
        let removed = user.emails.remove(position);
        if removed.is_verified() && !user.emails.iter().any(Contact::is_verified) {
            return Err(errors::last_identification());
        }
        if user.primary_email_id.as_ref() == Some(&id) {
            let next = user.emails.iter().find(|email| email.is_verified());
            user.primary_email_id = next.map(|email| email.id.clone());
        }
        Ok(Some(json!({"object": "email_address", "id": id, "deleted": true})))
    })
    .await
}

/// Counts a code as sent.
async fn prepare(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    if form.require("strategy")? != "email_code" {
        return Err(errors::invalid_strategy());
    }
    let instance = clerk.instance();
    let client_id = caller.client_id(&instance)?;
    let email = caller.user(&instance)?.emails.iter().find(|email| email.id == id);
    let object = email.map(email_object).ok_or_else(errors::email_address_not_found)?;
    Answer::of_change(&clerk, &instance, &caller, &client_id, object)
}

/// Verifies an address. The first one becomes the primary one.
async fn attempt(
    State(clerk): State<Clerk>,
    caller: Caller,
    Path(id): Path<String>,
    form: Form,
) -> Result<Answer, ApiError> {
    let is_correct = form.require("code")? == TEST_CODE;
    change_user(&clerk, &caller, |instance, user| {
        let email = user.emails.iter_mut().find(|email| email.id == id);
        let email = email.ok_or_else(errors::email_address_not_found)?;
        if email.is_verified() {
            return Err(errors::already_verified());
        }
        if !is_correct {
            return Err(ErrorEntry::incorrect_code("code").into());
        }
        // Somebody else may have verified it meanwhile.
        if instance.users.find_by_identifier(&email.value).is_some() {
            return Err(ErrorEntry::taken("email_address").into());
        }
        email.verification = ContactVerification::Code;
        let object = email_object(email);
        user.primary_email_id.get_or_insert(id);
        Ok(Some(object))
    })
    .await
}
