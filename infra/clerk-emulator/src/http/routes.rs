//! All routes, and the check of the secret key.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::header,
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::handshake,
    http::{api_error::ApiError, interceptor::intercept},
    sessions, sign_in_tokens, users,
};

impl Clerk {
    /// Returns the routes of the Backend API. Serve them in a Tokio runtime, because the webhooks are delivered in tasks of it.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(users::router())
            .merge(sessions::router())
            .merge(sign_in_tokens::router())
            .route("/v1/jwks", get(jwks))
            .route("/v1/clients/handshake_payload", get(handshake::read_payload))
            .route_layer(from_fn_with_state(self.clone(), require_secret_key))
            .route("/.well-known/jwks.json", get(jwks))
            .route("/.well-known/openid-configuration", get(openid_configuration))
            .fallback(async || ApiError::route_not_found())
            .method_not_allowed_fallback(async || ApiError::method_not_allowed())
            .layer(from_fn_with_state(self.interceptor().clone(), intercept))
            .with_state(self.clone())
    }
}

async fn require_secret_key(State(clerk): State<Clerk>, request: Request, next: Next) -> Result<Response, ApiError> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let key = key.ok_or_else(ApiError::invalid_authorization_header)?;
    verify_slices_are_equal(key.as_bytes(), clerk.secret_key().as_bytes())
        .map_err(|_| ApiError::invalid_secret_key())?;
    Ok(next.run(request).await)
}

async fn jwks(State(clerk): State<Clerk>) -> Json<Value> {
    let jwks_override = clerk.instance().jwks_override.clone();
    Json(jwks_override.unwrap_or_else(|| clerk.jwks()))
}

async fn openid_configuration(State(clerk): State<Clerk>) -> Json<Value> {
    let issuer = clerk.issuer();
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    }))
}
