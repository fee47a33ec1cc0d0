//! `/v1/users` of the Backend API.

pub(crate) mod contact;
pub(crate) mod directory;
mod object;
mod page;
mod params;
pub(crate) mod password;
pub(crate) mod user;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, patch, post},
};
use serde_json::{Value, json};

use crate::{
    changes::Change,
    clerk::Clerk,
    http::{api_error::ApiError, error_entry::ErrorEntry, params::Params, query::Pairs},
    instance::Instance,
    users::{
        directory::Directory,
        page::{EmailMatch, Filter, Page},
        user::User,
    },
    webhooks::{FirstAttempt, event::HttpRequest},
};

pub(crate) fn router() -> Router<Clerk> {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/count", get(count))
        .route("/v1/users/{id}", get(read).patch(update).delete(delete))
        .route("/v1/users/{id}/metadata", patch(merge_metadata).put(replace_metadata))
        .route("/v1/users/{id}/ban", post(ban))
        .route("/v1/users/{id}/unban", post(unban))
        .route("/v1/users/{id}/lock", post(lock))
        .route("/v1/users/{id}/unlock", post(unlock))
}

async fn create(State(clerk): State<Clerk>, request: HttpRequest, mut params: Params) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = User::from_params(&mut params);
        refuse_conflicts(&instance.users, &user, &mut params);
        params.finish()?;
        let object = user.object(clerk.instance_id());
        instance.users.put(user);
        (object.clone(), clerk.emit(&mut instance, "user.created", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn read(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let user = instance.users.get(&id).ok_or_else(|| ApiError::user_not_found(&id))?;
    Ok(Json(instance.user_object(user, clerk.instance_id())))
}

async fn update(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, params, User::update).await
}

async fn merge_metadata(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, params, User::merge_metadata).await
}

async fn replace_metadata(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, params, User::replace_metadata).await
}

async fn ban(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, Params::empty(), |user, _| user.banned = true).await
}

async fn unban(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, Params::empty(), |user, _| user.banned = false).await
}

async fn lock(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, Params::empty(), |user, _| user.locked = true).await
}

async fn unlock(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, Params::empty(), |user, _| user.locked = false).await
}

async fn change(
    clerk: &Clerk,
    id: &str,
    request: &HttpRequest,
    mut params: Params,
    apply: fn(&mut User, &mut Params),
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let mut user = instance.users.get(id).ok_or_else(|| ApiError::user_not_found(id))?.clone();
        let was_banned = user.banned;
        apply(&mut user, &mut params);
        refuse_conflicts(&instance.users, &user, &mut params);
        params.finish()?;
        // The sessions of a banned user are revoked (Clerk's OpenAPI, `bapi` 2026-05-12, `BanUser`). Whether Clerk
        // sends events for them is not documented.
        if user.banned && !was_banned {
            for session_id in instance.revoke_sessions(id) {
                clerk.changes().announce(Change::Session(session_id));
            }
        }
        clerk.put_user(&mut instance, user, request)
    };
    attempted.wait().await;
    Ok(Json(object))
}

fn refuse_conflicts(users: &Directory, user: &User, params: &mut Params) {
    for identifier in users.find_conflicts(user) {
        params.refuse(ErrorEntry::taken(identifier));
    }
}

async fn delete(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        clerk.delete_user(&mut instance, &id, &request).ok_or_else(|| ApiError::user_not_found(&id))?
    };
    attempted.wait().await;
    Ok(Json(object))
}

impl Clerk {
    /// Stores a changed user, and delivers its event. Returns the user object.
    pub(crate) fn put_user(&self, instance: &mut Instance, user: User, request: &HttpRequest) -> (Value, FirstAttempt) {
        let user = user.touched();
        let object = user.object(self.instance_id());
        instance.users.put(user);
        (object.clone(), self.emit(instance, "user.updated", object, request))
    }

    /// Deletes a user with its sessions, and delivers the event. Returns the object that stands for the user, or `None`
    /// if there is no such user.
    pub(crate) fn delete_user(
        &self,
        instance: &mut Instance,
        id: &str,
        request: &HttpRequest,
    ) -> Option<(Value, FirstAttempt)> {
        let object = instance.remove_user(id)?.deleted_object();
        Some((object.clone(), self.emit(instance, "user.deleted", object, request)))
    }
}

async fn list(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Vec<Value>>, ApiError> {
    let page = Page::parse(query)?;
    let instance = clerk.instance();
    let users = page.select(&instance.users).into_iter();
    Ok(Json(users.map(|user| instance.user_object(user, clerk.instance_id())).collect()))
}

async fn count(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Value>, ApiError> {
    let total = Filter::parse(query, EmailMatch::Part)?.count(&clerk.instance().users);
    Ok(Json(json!({"object": "total_count", "total_count": total})))
}
