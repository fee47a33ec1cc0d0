//! An emulator of Systems Manager's Parameter Store: `GetParameter` of SecureStrings, from which functions read
//! secrets.
//!
//! `cargo dev` does not need it, because it gives the emulator's secrets in variables. Tests rotate secrets with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use lambda_emulator::REGION;
use serde::Deserialize;
use serde_json::{Value, json};

const TARGET: &str = "AmazonSSM.GetParameter";

/// The parameters of one stack. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Parameters(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    values: BTreeMap<String, Parameter>,
    is_down: bool,
}

#[derive(Debug, Default)]
struct Parameter {
    value: Option<String>,
    modified: Option<SystemTime>,
    version: u64,
    requests: usize,
    /// The functions that requested it.
    readers: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

impl Parameters {
    /// Creates a parameter, or changes its value.
    pub fn put(&self, name: &str, value: &str) {
        let mut contents = self.contents();
        let parameter = contents.values.entry(name.to_owned()).or_default();
        parameter.value = Some(value.to_owned());
        parameter.modified = Some(SystemTime::now());
        parameter.version += 1;
    }

    /// The number of requests for a parameter, whatever their result.
    pub fn requests(&self, name: &str) -> usize {
        self.contents().values.get(name).map_or(0, |parameter| parameter.requests)
    }

    /// The functions that requested a parameter.
    pub fn readers(&self, name: &str) -> BTreeSet<String> {
        self.contents().values.get(name).map(|parameter| parameter.readers.clone()).unwrap_or_default()
    }

    /// Makes the store available or not. If it is not available, every request gets 500 `InternalServerError`.
    pub fn set_available(&self, is_available: bool) {
        self.contents().is_down = !is_available;
    }

    /// The routes.
    pub(crate) fn router(&self) -> Router {
        Router::new().route("/", post(handle)).with_state(self.clone())
    }

    fn get(&self, request: &GetParameter, reader: Option<&str>) -> Response {
        let mut contents = self.contents();
        let is_down = contents.is_down;
        let parameter = contents.values.entry(request.name.clone()).or_default();
        parameter.requests += 1;
        parameter.readers.extend(reader.map(str::to_owned));
        if is_down {
            return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
        }
        let Some(value) = &parameter.value else { return error(StatusCode::BAD_REQUEST, "ParameterNotFound") };
        // Without decryption the caller gets the ciphertext of KMS.
        let value = if request.with_decryption { value.as_str() } else { "AQICAHh" };
        let arn = format!("arn:aws:ssm:{}:000000000000:parameter{}", REGION, request.name);
        let modified = parameter.modified.unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
        let parameter = json!({
            "ARN": arn, "DataType": "text", "LastModifiedDate": modified.as_secs_f64(), "Name": request.name,
            "Type": "SecureString", "Value": value, "Version": parameter.version,
        });
        Json(json!({ "Parameter": parameter })).into_response()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn handle(State(parameters): State<Parameters>, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get("x-amz-target").is_none_or(|target| target != TARGET) {
        return error(StatusCode::BAD_REQUEST, "UnknownOperationException");
    }
    match serde_json::from_slice(&body) {
        Ok(request) => parameters.get(&request, app_id(&headers)),
        Err(_) => error(StatusCode::BAD_REQUEST, "SerializationException"),
    }
}

/// The name of the calling function. Its SDK sends the name in `User-Agent`.
fn app_id(headers: &HeaderMap) -> Option<&str> {
    let words = headers.get("user-agent")?.to_str().ok()?.split(' ');
    words.filter_map(|word| word.strip_prefix("app/")).next()
}

fn error(status: StatusCode, kind: &str) -> Response {
    let body: Json<Value> = Json(json!({ "__type": kind, "message": "" }));
    (status, body).into_response()
}

#[cfg(test)]
mod tests;
