//! `/v1/sessions` of the Backend API: sessions, and the tokens that are minted for them.

mod page;
pub(crate) mod session;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    http::{api_error::ApiError, error_entry::ErrorEntry, params::Params, query::Pairs},
    instance::Instance,
    sessions::{
        page::SessionPage,
        session::{Session, SessionEnd},
    },
    tokens,
    webhooks::{FirstAttempt, event::HttpRequest},
};

/// The shortest lifetime of a token (Clerk's OpenAPI, `bapi` 2026-05-12, `CreateSessionToken`).
const MINIMUM_LIFETIME_SECONDS: i64 = 30;
/// The longest lifetime of a token: ten years (the same source).
const MAXIMUM_LIFETIME_SECONDS: i64 = 315_360_000;

pub(crate) fn router() -> Router<Clerk> {
    Router::new()
        .route("/v1/sessions", get(list).post(create))
        .route("/v1/sessions/{id}", get(read))
        .route("/v1/sessions/{id}/revoke", post(revoke))
        .route("/v1/sessions/{id}/tokens", post(mint))
        .route("/v1/sessions/{id}/tokens/{template}", post(mint_from_template))
}

/// Does not change the user object, because a copy of the user does not depend on sign-ins.
async fn create(State(clerk): State<Clerk>, request: HttpRequest, mut params: Params) -> Result<Json<Value>, ApiError> {
    let user_id = params.text("user_id").flatten();
    if user_id.is_none() {
        params.refuse(ErrorEntry::missing("user_id"));
    }
    params.finish()?;
    let user_id = user_id.unwrap_or_default();
    let (object, attempted) = {
        let mut instance = clerk.instance();
        if instance.users.get(&user_id).is_none() {
            return Err(ApiError::user_not_found(&user_id));
        }
        let session = Session::new(user_id);
        let (object, event) = (session.object(), instance.session_event_object(&session, clerk.instance_id()));
        instance.sessions.insert(session.id.clone(), session);
        (object, clerk.emit(&mut instance, "session.created", event, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn list(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Value>, ApiError> {
    let page = SessionPage::parse(query)?;
    Ok(Json(page.object(&clerk.instance().sessions)))
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
    let (object, attempted) = clerk
        .start_ending_session(&id, SessionEnd::Revoked, &request)
        .ok_or_else(|| ApiError::session_not_found(&id))?;
    attempted.wait().await;
    Ok(Json(object))
}

impl Clerk {
    /// Ends a session, delivers its event, and returns the session object. Completes when the first attempt of the
    /// delivery has ended, as a request does. A session that has ended already is returned as it is, without an event.
    /// Returns `None` if there is no such session. Requires a Tokio runtime.
    pub async fn end_session(&self, id: &str, end: SessionEnd) -> Option<Value> {
        let (object, attempted) = self.start_ending_session(id, end, &HttpRequest::default())?;
        attempted.wait().await;
        Some(object)
    }

    fn start_ending_session(&self, id: &str, end: SessionEnd, request: &HttpRequest) -> Option<(Value, FirstAttempt)> {
        self.end_session_of(&mut self.instance(), id, end, request)
    }

    /// As [`Clerk::end_session`], for the holder of the lock. Returns what completes with the delivery.
    pub(crate) fn end_session_of(
        &self,
        instance: &mut Instance,
        id: &str,
        end: SessionEnd,
        request: &HttpRequest,
    ) -> Option<(Value, FirstAttempt)> {
        let session = instance.sessions.get_mut(id)?;
        if !session.is_active() {
            return Some((session.object(), FirstAttempt::none()));
        }
        session.end(end);
        let session = session.clone();
        let event = instance.session_event_object(&session, self.instance_id());
        Some((session.object(), self.emit(instance, end.event(), event, request)))
    }
}

async fn mint(State(clerk): State<Clerk>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, ApiError> {
    let lifetime = read_lifetime(params)?;
    let user_id = get_active_user(&clerk, &id)?;
    let claims = tokens::session_claims(clerk.issuer(), &user_id, &id, lifetime);
    sign_token(&clerk, tokens::session_header(&clerk.key_id()), claims)
}

async fn mint_from_template(
    State(clerk): State<Clerk>,
    Path((id, template)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let lifetime = read_lifetime(params)?;
    let user_id = get_active_user(&clerk, &id)?;
    let claims = tokens::template_claims(clerk.issuer(), &user_id, &template, lifetime);
    sign_token(&clerk, tokens::template_header(&clerk.key_id()), claims)
}

fn read_lifetime(mut params: Params) -> Result<i64, ApiError> {
    let name = "expires_in_seconds";
    let seconds = params.integer(name).flatten().unwrap_or(tokens::LIFETIME_SECONDS);
    if seconds < MINIMUM_LIFETIME_SECONDS {
        params.refuse(ErrorEntry::wrong_value(name));
    } else if seconds > MAXIMUM_LIFETIME_SECONDS {
        params.refuse(ErrorEntry::too_large(name, MAXIMUM_LIFETIME_SECONDS));
    }
    params.finish().map(|()| seconds)
}

/// Returns the user of a session. A session that has ended is not found, as if it had never existed: the only refusal of
/// a token in Clerk's OpenAPI (`bapi` 2026-05-12, `CreateSessionToken`), apart from a wrong secret key, is 404.
fn get_active_user(clerk: &Clerk, id: &str) -> Result<String, ApiError> {
    let instance = clerk.instance();
    let session = instance.sessions.get(id).filter(|session| session.is_active());
    session.map(|session| session.user_id.clone()).ok_or_else(|| ApiError::session_not_found(id))
}

fn sign_token(clerk: &Clerk, header: Value, claims: Value) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({"object": "token", "jwt": clerk.sign(header, claims)?})))
}
