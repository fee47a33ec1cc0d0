//! `/v1/users` of the Backend API.

use std::collections::HashSet;

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Clerk;
use super::api_error::{ApiError, Problem};
use super::directory::Directory;
use super::params::Params;
use super::user::User;
use super::webhooks::HttpRequest;

const DEFAULT_LIMIT: i64 = 10;
const MAXIMUM_LIMIT: i64 = 500;
/// Ids in one request, at most.
const MAXIMUM_IDS: usize = 100;

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
        instance.users.put(user);
        (object.clone(), clerk.emit(&mut instance, "user.created", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn read(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let instance = clerk.instance();
    let user = instance.users.get(&id).ok_or_else(|| ApiError::user_not_found(&id))?;
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

/// Takes the user's sessions along: their tokens can no longer be minted.
async fn delete(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<Json<Value>, ApiError> {
    let (object, attempted) = {
        let mut instance = clerk.instance();
        let user = instance.users.remove(&id).ok_or_else(|| ApiError::user_not_found(&id))?;
        let object = user.deleted_object();
        instance.sessions.retain(|_, session| session.user_id != id);
        (object.clone(), clerk.emit(&mut instance, "user.deleted", object, &request))
    };
    attempted.wait().await;
    Ok(Json(object))
}

async fn list(State(clerk): State<Clerk>, Query(query): Query<Pairs>) -> Result<Json<Vec<Value>>, ApiError> {
    let page = Page::parse(query)?;
    let instance = clerk.instance();
    let mut users: Vec<&User> = page.filter.apply(&instance.users);
    if page.by_update {
        users.sort_by_key(|user| user.updated_at);
    }
    if page.descending {
        users.reverse();
    }
    let users = users.into_iter().skip(page.offset).take(page.limit);
    Ok(Json(users.map(|user| user.object(clerk.instance_id())).collect()))
}

async fn count(State(clerk): State<Clerk>, Query(mut query): Query<Pairs>) -> Result<Json<Value>, ApiError> {
    let filter = Filter::take_from(&mut query)?;
    refuse_filters(query)?;
    let instance = clerk.instance();
    let total = if filter.ids.is_some() { filter.apply(&instance.users).len() } else { instance.users.len() };
    Ok(Json(json!({"object": "total_count", "total_count": total})))
}

/// A query: names may be repeated.
type Pairs = Vec<(String, String)>;

/// Which users are asked for.
#[derive(Debug, Default, PartialEq)]
struct Filter {
    /// `user_id`; ids that nobody has are ignored.
    ids: Option<HashSet<String>>,
}

impl Filter {
    fn take_from(query: &mut Pairs) -> Result<Self, ApiError> {
        let is_id = |name: &str| matches!(name, "user_id" | "user_id[]");
        // A bare plus sign in a query reads as a space.
        let ids =
            query.iter().filter(|(name, _)| is_id(name)).map(|(_, id)| id.trim_start_matches(['+', ' ']).to_owned());
        let ids: Vec<String> = ids.collect();
        query.retain(|(name, _)| !is_id(name));
        if ids.len() > MAXIMUM_IDS {
            return Err(Problem::value("user_id").into());
        }
        Ok(Self { ids: (!ids.is_empty()).then(|| ids.into_iter().collect()) })
    }

    /// The oldest first.
    fn apply<'a>(&self, users: &'a Directory) -> Vec<&'a User> {
        let Some(ids) = &self.ids else { return users.by_age().collect() };
        let mut found: Vec<_> = ids.iter().filter_map(|id| users.get(id)).collect();
        found.sort_by_key(|user| user.created_at);
        found
    }
}

#[derive(Debug, PartialEq)]
struct Page {
    limit: usize,
    offset: usize,
    by_update: bool,
    descending: bool,
    filter: Filter,
}

impl Page {
    fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let limit = integer(&mut query, "limit", DEFAULT_LIMIT, 1)?;
        if limit > MAXIMUM_LIMIT {
            return Err(Problem::too_large("limit", MAXIMUM_LIMIT).into());
        }
        let offset = integer(&mut query, "offset", 0, 0)?;
        let filter = Filter::take_from(&mut query)?;
        let order = take(&mut query, "order_by").unwrap_or_else(|| "-created_at".to_owned());
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
        Ok(Self { limit, offset, by_update, descending, filter })
    }
}

fn take(query: &mut Pairs, name: &str) -> Option<String> {
    let position = query.iter().position(|(known, _)| known == name)?;
    Some(query.remove(position).1)
}

fn integer(query: &mut Pairs, name: &str, default: i64, minimum: i64) -> Result<i64, ApiError> {
    let Some(text) = take(query, name) else {
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
fn refuse_filters(query: Pairs) -> Result<(), ApiError> {
    if query.is_empty() {
        return Ok(());
    }
    Err(ApiError::params(query.iter().map(|(name, _)| Problem::unknown(name)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Page, ApiError> {
        Page::parse(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_page_is_ten_users_newest_first_unless_told_otherwise() {
        let filter = Filter::default;
        let page = Page { limit: 10, offset: 0, by_update: false, descending: true, filter: filter() };
        assert_eq!(parse(&[]).unwrap(), page);
        let page = Page { limit: 500, offset: 7, by_update: true, descending: false, filter: filter() };
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
