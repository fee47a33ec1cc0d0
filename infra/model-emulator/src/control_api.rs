//! The control routes: what a test in any language may do to the emulator.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{model::Model, script::Script};

#[derive(Deserialize)]
struct Step {
    words: usize,
}

pub(crate) fn router() -> Router<Model> {
    Router::new()
        .route("/control/scripts/{marker}", put(set_script).delete(remove_script))
        .route("/control/requests/{marker}", get(list_requests))
        .route("/control/requests/{marker}/step", post(step))
}

async fn set_script(State(model): State<Model>, Path(marker): Path<String>, Json(script): Json<Script>) -> StatusCode {
    model.set_script(&marker, script);
    StatusCode::NO_CONTENT
}

async fn remove_script(State(model): State<Model>, Path(marker): Path<String>) -> StatusCode {
    if model.remove_script(&marker) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn list_requests(State(model): State<Model>, Path(marker): Path<String>) -> Json<Value> {
    let requests = model.requests(&marker);
    let shown = requests.iter().map(|request| json!({"model": request.model(), "state": request.state()}));
    Json(json!({"requests": shown.collect::<Vec<_>>()}))
}

async fn step(State(model): State<Model>, Path(marker): Path<String>, Json(step): Json<Step>) -> StatusCode {
    let requests = model.requests(&marker);
    let Some(request) = requests.last() else { return StatusCode::NOT_FOUND };
    request.step(step.words);
    StatusCode::NO_CONTENT
}
