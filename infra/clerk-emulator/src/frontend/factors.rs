//! The first factors of a user, for a sign-in and for a reverification.

use serde_json::{Value, json};

use crate::{
    frontend::{
        errors,
        form::Form,
        verification::{Strategy, Verification},
    },
    http::{api_error::ApiError, error_entry::ErrorEntry},
    users::user::User,
};

/// Lists the factors that a user may prove.
pub(super) fn list_factors(user: &User) -> Vec<Value> {
    let password = user.password_enabled.then(|| json!({"strategy": Strategy::Password}));
    let emails = user.emails.iter().filter(|email| email.is_verified());
    let code = |strategy: Strategy| {
        emails.clone().map(move |email| {
            json!({
                "strategy": strategy,
                "safe_identifier": email.value,
                "email_address_id": email.id,
                "primary": user.primary_email_id.as_ref() == Some(&email.id),
            })
        })
    };
    let reset = code(Strategy::ResetPasswordEmailCode).filter(|_| user.password_enabled);
    password.into_iter().chain(code(Strategy::EmailCode)).chain(reset).collect()
}

/// Begins the proof of a factor that needs a preparation: sends a code.
pub(super) fn prepare_factor(user: &User, form: &Form) -> Result<Verification, ApiError> {
    let strategy = Strategy::parse(form.require("strategy")?)?;
    let is_code = matches!(strategy, Strategy::EmailCode | Strategy::ResetPasswordEmailCode);
    let id = form.text("email_address_id");
    let has_email = user.emails.iter().any(|email| email.is_verified() && id.is_none_or(|id| id == email.id));
    if !is_code || !has_email {
        return Err(errors::invalid_strategy_for_user());
    }
    Ok(Verification::begin(strategy))
}

/// Proves a factor: compares a password, or the code that counts as sent.
pub(super) fn attempt_factor(
    user: &User,
    verification: &mut Option<Verification>,
    form: &Form,
) -> Result<(), ApiError> {
    let strategy = Strategy::parse(form.require("strategy")?)?;
    match strategy {
        Strategy::Password => {
            attempt_password(user, form.require("password")?)?;
            *verification = Some(Verification::verified(strategy));
            Ok(())
        }
        Strategy::EmailCode | Strategy::ResetPasswordEmailCode => {
            let code = form.require("code")?;
            let prepared = verification.as_mut().filter(|prepared| prepared.strategy == strategy);
            prepared.ok_or_else(errors::verification_missing)?.attempt(code)
        }
        Strategy::Ticket => Err(errors::invalid_strategy()),
    }
}

pub(super) fn attempt_password(user: &User, password: &str) -> Result<(), ApiError> {
    if !user.password_enabled {
        return Err(errors::invalid_strategy_for_user());
    }
    let is_correct = user.password.as_ref().is_some_and(|own| own.is(password));
    if is_correct { Ok(()) } else { Err(ErrorEntry::incorrect_password("password").into()) }
}
