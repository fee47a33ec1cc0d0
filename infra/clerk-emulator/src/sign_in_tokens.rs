//! `/v1/sign_in_tokens` of the Backend API.

pub(crate) mod sign_in_token;

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use serde_json::Value;

use crate::{
    clerk::Clerk,
    http::{api_error::ApiError, error_entry::ErrorEntry, params::Params},
    sign_in_tokens::sign_in_token::SignInToken,
    tokens,
};

/// The default lifetime: 30 days (`@clerk/backend` 3.25, `SignInTokenApi`).
const DEFAULT_LIFETIME_SECONDS: i64 = 30 * 24 * 60 * 60;

pub(crate) fn router() -> Router<Clerk> {
    Router::new().route("/v1/sign_in_tokens", post(create)).route("/v1/sign_in_tokens/{id}/revoke", post(revoke))
}

async fn create(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    let user_id = params.text("user_id").flatten();
    if user_id.is_none() {
        params.refuse(ErrorEntry::missing("user_id"));
    }
    let lifetime = params.integer("expires_in_seconds").flatten().unwrap_or(DEFAULT_LIFETIME_SECONDS);
    if lifetime < 1 {
        params.refuse(ErrorEntry::wrong_value("expires_in_seconds"));
    }
    params.finish()?;
    let user_id = user_id.unwrap_or_default();
    let mut instance = clerk.instance();
    if instance.users.get(&user_id).is_none() {
        return Err(ApiError::user_not_found(&user_id));
    }
    let header = tokens::plain_header(&clerk.key_id());
    let sign = |id: &str| clerk.sign(header, tokens::sign_in_claims(clerk.issuer(), clerk.instance_id(), id, lifetime));
    let token = SignInToken::new(user_id, lifetime, sign)?;
    let object = token.object(clerk.issuer());
    instance.sign_in_tokens.insert(token.id.clone(), token);
    clerk.save(&instance);
    Ok(Json(object))
}

async fn revoke(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let mut instance = clerk.instance();
    let token = instance.sign_in_tokens.get_mut(&id).ok_or_else(|| ApiError::sign_in_token_not_found(&id))?;
    token.revoke();
    let object = token.object(clerk.issuer());
    clerk.save(&instance);
    Ok(Json(object))
}
