//! Refusals in the format of the Clerk emulator's control routes.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The reason why a request was not performed.
#[derive(Debug)]
pub(crate) enum ControlError {
    /// A parameter is missing or wrong.
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: String,
    },
    /// No WebSocket with this id is open.
    NoConnection(String),
    /// The table cannot be read.
    Table {
        /// The SDK's whole chain of causes.
        reason: String,
    },
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let (status, code, long_message, param) = match self {
            Self::Parameter { name, expected } => {
                let long_message = format!("{name} must be {expected}.");
                (StatusCode::UNPROCESSABLE_ENTITY, "form_param_format_invalid", long_message, Some(name))
            }
            Self::NoConnection(id) => {
                (StatusCode::NOT_FOUND, "resource_not_found", format!("No connection is open with id {id}"), None)
            }
            Self::Table { reason } => (StatusCode::BAD_GATEWAY, "table_unavailable", reason, None),
        };
        let mut error = json!({"code": code, "message": code.replace('_', " "), "long_message": long_message});
        if let Some(name) = param {
            error["meta"] = json!({"param_name": name});
        }
        (status, Json(json!({"errors": [error]}))).into_response()
    }
}
