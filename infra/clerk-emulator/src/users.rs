//! `/v1/users` of the Backend API.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Clerk;
use super::api_error::ApiError;
use super::directory::Directory;
use super::params::Params;
use super::query::{Filter, Page, Pairs};
use super::user::User;
use super::webhooks::HttpRequest;

pub(super) fn router() -> Router<Clerk> {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/count", get(count))
        .route("/v1/users/{id}", get(read).patch(update).delete(delete))
        .route("/v1/users/{id}/metadata", axum::routing::patch(merge_metadata).put(replace_metadata))
}

async fn create(State(clerk): State<Clerk>, request: HttpRequest, params: Params) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = User::create(params, &instance.users)?;
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
    Ok(Json(instance.sent(user, clerk.instance_id())))
}

async fn update(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, |user, others| user.updated(params, others)).await
}

async fn merge_metadata(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, |user, _| user.with_metadata(params)).await
}

async fn replace_metadata(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    change(&clerk, &id, &request, |user, _| user.with_metadata_replaced(params)).await
}

async fn change(
    clerk: &Clerk,
    id: &str,
    request: &HttpRequest,
    apply: impl FnOnce(User, &Directory) -> Result<User, ApiError>,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = instance.users.get(id).ok_or_else(|| ApiError::user_not_found(id))?.clone();
        let user = apply(user, &instance.users)?;
        let object = user.object(clerk.instance_id());
        instance.users.put(user);
        (object.clone(), clerk.emit(&mut instance, "user.updated", object, request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn delete(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = instance.remove_user(&id).ok_or_else(|| ApiError::user_not_found(&id))?;
        let object = user.deleted_object();
        (object.clone(), clerk.emit(&mut instance, "user.deleted", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn list(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Vec<Value>>, ApiError> {
    let page = Page::parse(query)?;
    let instance = clerk.instance();
    let users = page.of(&instance.users).into_iter();
    Ok(Json(users.map(|user| instance.sent(user, clerk.instance_id())).collect()))
}

async fn count(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Value>, ApiError> {
    let total = Filter::parse(query)?.count(&clerk.instance().users);
    Ok(Json(json!({"object": "total_count", "total_count": total})))
}
