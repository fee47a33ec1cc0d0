//! `/v1/users` of the Backend API.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Clerk;
use super::api_error::{ApiError, Problem};
use super::params::Params;
use super::user::User;
use super::webhooks::HttpRequest;

const DEFAULT_LIMIT: i64 = 10;
const MAXIMUM_LIMIT: i64 = 500;

pub(super) fn router() -> Router<Clerk> {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/count", get(count))
        .route("/v1/users/{id}", get(read).patch(update).delete(delete))
        .route("/v1/users/{id}/metadata", axum::routing::patch(merge_metadata))
}

async fn create(State(clerk): State<Clerk>, request: HttpRequest, params: Params) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = User::create(params, &instance.users)?;
        let object = user.object(clerk.instance_id());
        instance.users.push(user);
        (object.clone(), clerk.emit("user.created", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn read(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let user = instance.users.iter().find(|user| user.id == id);
    let user = user.ok_or_else(|| ApiError::user_not_found(&id))?;
    Ok(Json(user.object(clerk.instance_id())))
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

async fn change(
    clerk: &Clerk,
    id: &str,
    request: &HttpRequest,
    apply: impl FnOnce(User, &[User]) -> Result<User, ApiError>,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let position = instance.users.iter().position(|user| user.id == id);
        let position = position.ok_or_else(|| ApiError::user_not_found(id))?;
        let user = apply(instance.users[position].clone(), &instance.users)?;
        let object = user.object(clerk.instance_id());
        instance.users[position] = user;
        (object.clone(), clerk.emit("user.updated", object, request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

/// Takes the user's sessions along: their tokens can no longer be minted.
async fn delete(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let position = instance.users.iter().position(|user| user.id == id);
        let position = position.ok_or_else(|| ApiError::user_not_found(&id))?;
        let object = instance.users.remove(position).deleted_object();
        instance.sessions.retain(|_, session| session.user_id != id);
        (object.clone(), clerk.emit("user.deleted", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn list(
    State(clerk): State<Clerk>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let page = Page::parse(query)?;
    let instance = clerk.instance();
    let mut users: Vec<&User> = instance.users.iter().collect();
    users.sort_by_key(|user| if page.by_update { user.updated_at } else { user.created_at });
    if page.descending {
        users.reverse();
    }
    let users = users.into_iter().skip(page.offset).take(page.limit);
    Ok(Json(users.map(|user| user.object(clerk.instance_id())).collect()))
}

async fn count(
    State(clerk): State<Clerk>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    refuse_filters(query)?;
    let total = clerk.instance().users.len();
    Ok(Json(json!({"object": "total_count", "total_count": total})))
}

#[derive(Debug, PartialEq)]
struct Page {
    limit: usize,
    offset: usize,
    by_update: bool,
    descending: bool,
}

impl Page {
    fn parse(mut query: HashMap<String, String>) -> Result<Self, ApiError> {
        let limit = integer(&mut query, "limit", DEFAULT_LIMIT, 1)?;
        if limit > MAXIMUM_LIMIT {
            return Err(Problem::too_large("limit", MAXIMUM_LIMIT).into());
        }
        let offset = integer(&mut query, "offset", 0, 0)?;
        let order = query.remove("order_by").unwrap_or_else(|| "-created_at".to_owned());
        // A bare plus sign in a query reads as a space.
        let (descending, field) = match order.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, order.trim_start_matches(['+', ' '])),
        };
        if !["created_at", "updated_at"].contains(&field) {
            return Err(Problem::value("order_by").into());
        }
        let by_update = field == "updated_at";
        refuse_filters(query)?;
        let (limit, offset) = (to_usize(limit), to_usize(offset));
        Ok(Self { limit, offset, by_update, descending })
    }
}

fn integer(query: &mut HashMap<String, String>, name: &str, default: i64, minimum: i64) -> Result<i64, ApiError> {
    let Some(text) = query.remove(name) else {
        return Ok(default);
    };
    let number: i64 = text.parse().map_err(|_| Problem::kind(name, "integer"))?;
    if number < minimum {
        return Err(Problem::value(name).into());
    }
    Ok(number)
}

fn to_usize(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Clerk has filters this stand-in lacks. A filter that is ignored would answer with users no one asked for.
fn refuse_filters(query: HashMap<String, String>) -> Result<(), ApiError> {
    if query.is_empty() {
        return Ok(());
    }
    Err(ApiError::params(query.keys().map(|name| Problem::unknown(name)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Page, ApiError> {
        Page::parse(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_page_is_ten_users_newest_first_unless_told_otherwise() {
        let page = Page { limit: 10, offset: 0, by_update: false, descending: true };
        assert_eq!(parse(&[]).unwrap(), page);
        let page = Page { limit: 500, offset: 7, by_update: true, descending: false };
        // `+updated_at` arrives with a space.
        assert_eq!(parse(&[("limit", "500"), ("offset", "7"), ("order_by", " updated_at")]).unwrap(), page);
    }

    #[test]
    fn pages_outside_clerks_limits_are_refused() {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "ten"),
            ("offset", "-1"),
            ("order_by", "username"),
            ("email_address", "a@example.com"),
        ] {
            assert!(parse(&[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
