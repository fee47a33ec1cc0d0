//! Which routes there are, and which of them want the secret key.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::api_error::ApiError;
use super::fault::misbehave;
use super::{Clerk, sessions, users};

pub(super) fn router(clerk: &Clerk) -> Router {
    Router::new()
        .merge(users::router())
        .merge(sessions::router())
        .route("/v1/jwks", get(jwks))
        .route_layer(from_fn_with_state(clerk.clone(), demand_secret_key))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/.well-known/openid-configuration", get(openid_configuration))
        .fallback(async || ApiError::route_not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(clerk.clone(), misbehave))
        .with_state(clerk.clone())
}

async fn demand_secret_key(State(clerk): State<Clerk>, request: Request, next: Next) -> Result<Response, ApiError> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let key = key.ok_or_else(ApiError::authorization_header)?;
    verify_slices_are_equal(key.as_bytes(), clerk.secret_key().as_bytes()).map_err(|_| ApiError::secret_key())?;
    Ok(next.run(request).await)
}

async fn jwks(State(clerk): State<Clerk>) -> Json<Value> {
    let published = clerk.instance().published.clone();
    Json(published.unwrap_or_else(|| clerk.jwks()))
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
