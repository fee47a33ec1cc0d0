//! The OpenAPI description of the API, which a stack serves beside the routes of the template.

use axum::{Router, http::header, routing::get};

/// The path of the description at the port of the API. It is not a route of the template, so AWS does not serve it.
pub(crate) const PATH: &str = "/openapi.json";

/// The description. A test checks that it matches `template.yaml`.
const DESCRIPTION: &str = include_str!("../../openapi.json");

pub(crate) fn router() -> Router {
    Router::new().route(PATH, get(|| async { ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION) }))
}
