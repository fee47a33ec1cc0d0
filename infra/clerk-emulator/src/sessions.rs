//! `/v1/sessions` of the Backend API: sessions and the tokens minted for them.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::api_error::{ApiError, Problem};
use super::params::Params;
use super::webhooks::HttpRequest;
use super::{Clerk, ids, tokens};

/// Ten years, the longest Clerk lets a token live.
const MAXIMUM_LIFETIME_SECONDS: i64 = 315_360_000;
/// Clerk's defaults: a session ends after seven days.
const EXPIRE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const ABANDON_MS: i64 = 30 * 24 * 60 * 60 * 1000;

const ACTIVE: &str = "active";
const REVOKED: &str = "revoked";

pub(super) struct Session {
    id: String,
    pub(super) user_id: String,
    client_id: String,
    status: &'static str,
    created_at: i64,
    updated_at: i64,
}

impl Session {
    fn object(&self) -> Value {
        json!({
            "object": "session",
            "id": self.id,
            "user_id": self.user_id,
            "client_id": self.client_id,
            "status": self.status,
            "actor": null,
            "last_active_organization_id": null,
            "latest_activity": null,
            "last_active_at": self.created_at,
            "expire_at": self.created_at + EXPIRE_MS,
            "abandon_at": self.created_at + ABANDON_MS,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

pub(super) fn router() -> Router<Clerk> {
    Router::new()
        .route("/v1/sessions", post(create))
        .route("/v1/sessions/{id}", get(read))
        .route("/v1/sessions/{id}/revoke", post(revoke))
        .route("/v1/sessions/{id}/tokens", post(mint))
        .route("/v1/sessions/{id}/tokens/{template}", post(mint_from_template))
}

/// Leaves the user object as it is: a sign-in is not a change a copy would have to learn of.
async fn create(State(clerk): State<Clerk>, request: HttpRequest, mut params: Params) -> Result<Json<Value>, ApiError> {
    let user_id = params.text("user_id").flatten();
    if user_id.is_none() {
        params.refuse(Problem::missing("user_id"));
    }
    params.finish()?;
    let user_id = user_id.unwrap_or_default();
    let (object, attempted) = {
        let mut instance = clerk.instance();
        if instance.users.get(&user_id).is_none() {
            return Err(ApiError::user_not_found(&user_id));
        }
        let (id, now) = (ids::id("sess"), ids::now_ms());
        let session = Session {
            id: id.clone(),
            user_id,
            client_id: ids::id("client"),
            status: ACTIVE,
            created_at: now,
            updated_at: now,
        };
        let object = session.object();
        instance.sessions.insert(id, session);
        (object.clone(), clerk.emit(&mut instance, "session.created", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn read(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let session = instance.sessions.get(&id);
    let session = session.ok_or_else(|| ApiError::session_not_found(&id))?;
    Ok(Json(session.object()))
}

async fn revoke(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let session = instance.sessions.get_mut(&id);
        let session = session.ok_or_else(|| ApiError::session_not_found(&id))?;
        if session.status == REVOKED {
            return Ok(Json(session.object()));
        }
        session.status = REVOKED;
        session.updated_at = ids::now_ms().max(session.updated_at + 1);
        let object = session.object();
        (object.clone(), clerk.emit(&mut instance, "session.revoked", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn mint(State(clerk): State<Clerk>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, ApiError> {
    let lifetime = lifetime(params)?;
    let user_id = active_user(&clerk, &id)?;
    let claims = tokens::session_claims(clerk.issuer(), &user_id, &id, lifetime);
    token(&clerk, tokens::session_header(&clerk.key_id()), claims)
}

async fn mint_from_template(
    State(clerk): State<Clerk>,
    Path((id, template)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let lifetime = lifetime(params)?;
    let user_id = active_user(&clerk, &id)?;
    let claims = tokens::template_claims(clerk.issuer(), &user_id, &template, lifetime);
    token(&clerk, tokens::template_header(&clerk.key_id()), claims)
}

fn lifetime(mut params: Params) -> Result<i64, ApiError> {
    let name = "expires_in_seconds";
    let seconds = params.integer(name).flatten().unwrap_or(tokens::LIFETIME_SECONDS);
    if seconds < 1 {
        params.refuse(Problem::value(name));
    } else if seconds > MAXIMUM_LIFETIME_SECONDS {
        params.refuse(Problem::too_large(name, MAXIMUM_LIFETIME_SECONDS));
    }
    params.finish().map(|()| seconds)
}

/// A session that is revoked mints as little as one that never was.
fn active_user(clerk: &Clerk, id: &str) -> Result<String, ApiError> {
    let instance = clerk.instance();
    let session = instance.sessions.get(id).filter(|session| session.status == ACTIVE);
    session.map(|session| session.user_id.clone()).ok_or_else(|| ApiError::session_not_found(id))
}

fn token(clerk: &Clerk, header: Value, claims: Value) -> Result<Json<Value>, ApiError> {
    let jwt = clerk.mint_token(header, claims).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        ApiError::internal()
    })?;
    Ok(Json(json!({"object": "token", "jwt": jwt})))
}
