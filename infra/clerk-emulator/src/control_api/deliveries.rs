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
        params::Params,
        query::{Pairs, limit_and_offset, refuse_filters, take},
    },
};

pub(super) fn router() -> Router<Clerk> {
    Router::new()
        .route("/control/deliveries", get(list))
        .route("/control/deliveries/{id}", get(read))
        .route("/control/deliveries/{id}/send", post(send))
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
