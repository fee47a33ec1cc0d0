//! `/control/faults`: faults of Clerk's Backend API.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode},
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    http::{api_error::ApiError, error_entry::ErrorEntry, injected_fault::InjectedFault, params::Params},
};

/// The requests in which a fault is injected if the body does not say: those of the Backend API.
const DEFAULT_PATH: &str = "/v1/";
const METHODS: [(&str, &str); 5] =
    [("GET", "GET"), ("POST", "POST"), ("PATCH", "PATCH"), ("PUT", "PUT"), ("DELETE", "DELETE")];
const MAX_TIMES: i64 = 1_000_000;
/// The longest delay: a minute.
const MAX_DELAY_MS: i64 = 60 * 1000;
/// The longest `Retry-After`: an hour.
const MAX_RETRY_AFTER_SECONDS: i64 = 60 * 60;

/// The fields that a fault has beside `method`, `path` and `times`.
#[derive(Clone, Copy)]
enum Kind {
    Unavailable,
    RateLimited,
    Delay,
    NoResponse,
    LostResponse,
    Response,
}

const KINDS: [(&str, Kind); 6] = [
    ("unavailable", Kind::Unavailable),
    ("rate_limited", Kind::RateLimited),
    ("delay", Kind::Delay),
    ("no_response", Kind::NoResponse),
    ("lost_response", Kind::LostResponse),
    ("response", Kind::Response),
];

pub(super) fn router() -> Router<Clerk> {
    Router::new().route("/control/faults", get(list).post(add).delete(clear))
}

async fn list(State(clerk): State<Clerk>) -> Json<Value> {
    Json(faults(&clerk))
}

fn faults(clerk: &Clerk) -> Value {
    json!({"object": "list", "data": clerk.interceptor().list_faults()})
}

async fn add(State(clerk): State<Clerk>, mut params: Params) -> Result<(StatusCode, Json<Value>), ApiError> {
    let method = params.choice("method", &METHODS);
    let path = params.text("path").flatten().unwrap_or_else(|| DEFAULT_PATH.to_owned());
    if !path.starts_with('/') {
        params.refuse(ErrorEntry::wrong_format("path", "the beginning of a path, such as /v1/users"));
    }
    let times = params.integer_within("times", 1, MAX_TIMES).map(|times| times.unsigned_abs() as usize);
    params.require("fault");
    let kind = params.choice("fault", &KINDS);
    let fault = kind.map(|kind| read_fault(kind, &mut params));
    params.finish()?;
    if let Some(fault) = fault {
        clerk.interceptor().add_fault(method, &path, fault, times);
    }
    Ok((StatusCode::CREATED, Json(faults(&clerk))))
}

fn read_fault(kind: Kind, params: &mut Params) -> InjectedFault {
    match kind {
        Kind::Unavailable => InjectedFault::unavailable(),
        Kind::RateLimited => {
            let seconds = params.integer_within("retry_after_seconds", 0, MAX_RETRY_AFTER_SECONDS).unwrap_or(1);
            InjectedFault::rate_limited(seconds.unsigned_abs())
        }
        Kind::Delay => {
            params.require("delay_ms");
            let ms = params.integer_within("delay_ms", 0, MAX_DELAY_MS).unwrap_or_default();
            InjectedFault::Delay(Duration::from_millis(ms.unsigned_abs()))
        }
        Kind::NoResponse => InjectedFault::NoResponse,
        Kind::LostResponse => InjectedFault::LostResponse,
        Kind::Response => {
            params.require("status");
            let status = params.integer_within("status", 200, 599).and_then(|status| u16::try_from(status).ok());
            InjectedFault::Response {
                status: status.unwrap_or_default(),
                headers: read_headers(params),
                body: params.text("body").flatten().unwrap_or_default(),
            }
        }
    }
}

fn read_headers(params: &mut Params) -> Vec<(String, String)> {
    let fields = params.object("headers").flatten().unwrap_or_default();
    let mut headers = Vec::new();
    for (name, value) in fields {
        let is_header = HeaderName::try_from(&name).is_ok();
        match value {
            Value::String(value) if is_header && HeaderValue::try_from(&value).is_ok() => headers.push((name, value)),
            Value::String(_) => params.refuse(ErrorEntry::wrong_format(&format!("headers.{name}"), "a valid header")),
            _ => params.refuse(ErrorEntry::wrong_type(&format!("headers.{name}"), "string")),
        }
    }
    headers
}

async fn clear(State(clerk): State<Clerk>) -> Json<Value> {
    clerk.clear_faults();
    Json(faults(&clerk))
}
