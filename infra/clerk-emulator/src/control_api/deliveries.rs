//! `/control/deliveries`: the messages to the webhook endpoint, with their attempts.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    http::{
        api_error::ApiError,
        error_entry::ErrorEntry,
        params::Params,
        query::{Pairs, limit_and_offset, refuse_filters, take},
    },
    ids,
    webhooks::{
        message::{Delivery, Message},
        replay::with_age,
    },
};

/// The maximum number of messages that are sent in an order: those that the journal keeps.
const MAX_ORDERED: usize = 1000;
/// The age of a replay unless the body has another: a week.
const DEFAULT_AGE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// The maximum age of a replay: a year.
const MAX_AGE_SECONDS: i64 = 366 * 24 * 60 * 60;

pub(super) fn router() -> Router<Clerk> {
    Router::new()
        .route("/control/deliveries", get(list))
        .route("/control/deliveries/send", post(send_in_order))
        .route("/control/deliveries/{id}", get(read))
        .route("/control/deliveries/{id}/send", post(send))
        .route("/control/deliveries/{id}/replay", post(replay))
        .route("/control/deliveries/{id}/drop", post(drop_held))
}

async fn list(State(clerk): State<Clerk>, Query(mut query): Query<Pairs>) -> Result<Json<Value>, ApiError> {
    let (limit, offset) = limit_and_offset(&mut query)?;
    let kind = take(&mut query, "type");
    refuse_filters(query)?;
    let (data, total) = clerk.webhooks().journal().list(kind.as_deref(), limit, offset);
    Ok(Json(json!({"object": "list", "data": data, "total_count": total})))
}

async fn read(State(clerk): State<Clerk>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    clerk.webhooks().journal().get(&id).map(Json).ok_or_else(|| ApiError::delivery_not_found(&id))
}

/// Answers when the first attempt has ended.
async fn send(State(clerk): State<Clerk>, Path(id): Path<String>, mut params: Params) -> Result<Json<Value>, ApiError> {
    let has_wrong_signature = params.flag("wrong_signature").flatten().unwrap_or_default();
    params.finish()?;
    let not_found = || ApiError::delivery_not_found(&id);
    let message = if has_wrong_signature { clerk.webhooks().journal().message(&id) } else { clerk.take_message(&id) };
    let message = message.ok_or_else(not_found)?;
    if has_wrong_signature {
        clerk.webhooks().send_with_wrong_signature(&message).await;
    } else {
        clerk.webhooks().send(message).wait().await;
    }
    clerk.webhooks().journal().get(&id).map(Json).ok_or_else(not_found)
}

/// Sends messages in the given order, each after the first attempt of the one before, and answers after the last one.
async fn send_in_order(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    params.require("ids");
    let ids = params.texts("ids").flatten().unwrap_or_default();
    if ids.len() > MAX_ORDERED {
        params.refuse(ErrorEntry::wrong_format("ids", &format!("at most {MAX_ORDERED} ids")));
    }
    params.finish()?;
    let journal = clerk.webhooks().journal();
    if let Some(unknown) = ids.iter().find(|id| journal.message(id).is_none()) {
        return Err(ApiError::delivery_not_found(unknown));
    }
    let messages = ids.iter().filter_map(|id| clerk.take_message(id)).collect();
    clerk.webhooks().send_in_order(messages).wait().await;
    let data: Vec<Value> = ids.iter().filter_map(|id| journal.get(id)).collect();
    Ok(Json(json!({"object": "list", "data": data})))
}

/// The time at which a replay is signed.
#[derive(Clone, Copy)]
enum Signed {
    /// When the event happened, as in a request that somebody captured then.
    Then,
    /// Now, as Svix signs a message that is replayed in its dashboard.
    Now,
}

/// Sends the event again as a new message whose times are older, and answers when the first attempt has ended.
async fn replay(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    let age = params.integer_within("age_seconds", 1, MAX_AGE_SECONDS).unwrap_or(DEFAULT_AGE_SECONDS);
    let signed = params.choice("signed", &[("then", Signed::Then), ("now", Signed::Now)]).unwrap_or(Signed::Then);
    params.finish()?;
    let journal = clerk.webhooks().journal();
    let original = journal.message(&id).ok_or_else(|| ApiError::delivery_not_found(&id))?;
    let message = Message::new(&original.kind, with_age(&original.body, age));
    journal.add_delivery(Delivery::replay(message.clone(), &id));
    let replay_id = message.id.clone();
    match signed {
        Signed::Then => clerk.webhooks().send_signed_at(&message, ids::now_seconds() - age).await,
        Signed::Now => clerk.webhooks().send(message).wait().await,
    }
    journal.get(&replay_id).map(Json).ok_or_else(|| ApiError::delivery_not_found(&replay_id))
}

async fn drop_held(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    params.finish()?;
    let is_dropped = clerk.drop_held_message(&id);
    let delivery = clerk.webhooks().journal().get(&id).ok_or_else(|| ApiError::delivery_not_found(&id))?;
    if is_dropped { Ok(Json(delivery)) } else { Err(ApiError::delivery_not_held(&id)) }
}
