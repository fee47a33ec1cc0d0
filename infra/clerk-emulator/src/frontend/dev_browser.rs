//! `/v1/dev_browser`: the token by which a browser is known to a development instance.

use axum::{Json, extract::State, http::Method};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::{
        caller::Caller,
        route::{Route, route},
    },
    ids,
};

pub(super) fn routes() -> Vec<Route> {
    vec![route(Method::POST, "/v1/dev_browser", create)]
}

/// Creates a dev browser for the client of the browser, if it has one.
async fn create(State(clerk): State<Clerk>, caller: Caller) -> Json<Value> {
    let mut instance = clerk.instance();
    let client_id = caller.find_client(&instance).map(|client| client.id.clone());
    let token = instance.clients.create_dev_browser(client_id);
    clerk.save(&instance);
    let now = ids::now_ms();
    Json(json!({"object": "dev_browser", "id": token, "token": token, "created_at": now, "updated_at": now}))
}
