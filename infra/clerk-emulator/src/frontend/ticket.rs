//! Tickets: sign-in tokens of the Backend API, with which a user signs in without a password.

use crate::{
    frontend::errors,
    http::api_error::ApiError,
    instance::Instance,
    sign_in_tokens::sign_in_token::{SignInToken, Status},
};

/// Returns the sign-in token with this text, if it can still be used.
pub(super) fn find_token<'a>(instance: &'a Instance, ticket: &str) -> Result<&'a SignInToken, ApiError> {
    let token = instance.sign_in_tokens.values().find(|token| token.is_token(ticket));
    let token = token.ok_or_else(errors::invalid_ticket)?;
    match token.status {
        Status::Revoked => Err(errors::revoked_sign_in_token()),
        Status::Accepted => Err(errors::used_sign_in_token()),
        Status::Pending if token.is_expired() => Err(errors::expired_ticket()),
        Status::Pending => Ok(token),
    }
}
