//! The problems of a route: one schema for each code, and one response for each status.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use usher_contract::{PROBLEM_JSON, ProblemCode, ProblemDetails};

use crate::{
    parameters::header,
    route::{Caller, Row},
    schemas::Schemas,
};

/// Statuses that API Gateway also answers by itself, without a function.
const OF_GATEWAY: [u16; 4] = [413, 429, 500, 503];

/// The same statuses of a REST API, which streams.
const OF_STREAMING_GATEWAY: [u16; 6] = [413, 429, 500, 502, 503, 504];

/// The schema of API Gateway's own errors.
const GATEWAY_ERROR: &str = "GatewayError";

/// The problems whose responses have `Retry-After`.
const RETRYABLE: [ProblemCode; 8] = [
    ProblemCode::UserNotSynced,
    ProblemCode::Conflict,
    ProblemCode::Unavailable,
    ProblemCode::KeysUnavailable,
    ProblemCode::ClerkUnavailable,
    ProblemCode::SecretUnavailable,
    ProblemCode::ClerkNotConfigured,
    ProblemCode::WebhookNotConfigured,
];

/// The problems that may list wrong fields or parameters.
const WITH_ERRORS: [ProblemCode; 6] = [
    ProblemCode::Malformed,
    ProblemCode::InvalidQuery,
    ProblemCode::InvalidLimit,
    ProblemCode::InvalidCursor,
    ProblemCode::InvalidField,
    ProblemCode::SettingsTooLarge,
];

impl Caller {
    /// The problems of every route with this caller.
    pub(crate) fn problems(self) -> &'static [ProblemCode] {
        use ProblemCode::*;
        match self {
            Self::User => &[
                Malformed,
                InvalidQuery,
                NoToken,
                InvalidToken,
                UserDeleted,
                UserBanned,
                UserNotSynced,
                TooLarge,
                Conflict,
                Unavailable,
                KeysUnavailable,
                Internal,
            ],
            Self::UserOrNobody => &[
                Malformed,
                InvalidQuery,
                InvalidToken,
                UserDeleted,
                UserBanned,
                TooLarge,
                Conflict,
                Unavailable,
                KeysUnavailable,
                Internal,
            ],
            Self::TokenOnly => {
                &[Malformed, InvalidQuery, NoToken, InvalidToken, Conflict, Unavailable, KeysUnavailable, Internal]
            }
            Self::Clerk => &[Malformed, TooLarge, Conflict, Unavailable, Internal],
        }
    }
}

/// Returns the responses of a route for these problems, by status, and those of API Gateway.
pub(crate) fn responses(problems: &[ProblemCode], row: &Row, schemas: &mut Schemas) -> BTreeMap<u16, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for problem in problems {
        let codes = by_status.entry(problem.status()).or_default();
        if !codes.contains(problem) {
            codes.push(*problem);
        }
    }
    for status in of_gateway(row) {
        by_status.entry(*status).or_default();
    }
    let meanings = meanings(schemas);
    by_status.into_iter().map(|(status, codes)| (status, response(status, &codes, row, &meanings))).collect()
}

fn of_gateway(row: &Row) -> &'static [u16] {
    if row.is_streamed() { &OF_STREAMING_GATEWAY } else { &OF_GATEWAY }
}

/// Returns the header with API Gateway's own id of a request. Its two kinds of APIs name it differently.
pub(crate) fn request_id_header(row: &Row) -> &'static str {
    if row.is_streamed() { "X-Amzn-Requestid" } else { "Apigw-Requestid" }
}

/// Returns the schemas of all problems, by name. A client tells them apart by `type`, which is constant in each.
pub(crate) fn problem_schemas(schemas: &mut Schemas) -> Map<String, Value> {
    let meanings = meanings(schemas);
    let details = schemas.inline::<ProblemDetails>();
    let of_code = |code: &ProblemCode| {
        let mut schema = details.clone();
        schema["description"] = meanings.get(code.as_str()).cloned().unwrap_or_default().into();
        let properties = &mut schema["properties"];
        for (name, value) in [("type", Value::from(code.type_uri())), ("status", Value::from(code.status()))] {
            properties[name] = json!({ "const": value, "description": properties[name]["description"] });
        }
        if let Some(properties) = properties.as_object_mut() {
            properties.retain(|name, _| match name.as_str() {
                "errors" => WITH_ERRORS.contains(code),
                "clerk_error" => *code == ProblemCode::ReverificationRequired,
                _ => true,
            });
        }
        (component(*code), schema)
    };
    let of_gateway = json!({
        "type": "object",
        "description": "An error of API Gateway itself. It has no `type` and no `request_id`.",
        "properties": { "message": { "type": "string" } },
        "required": ["message"],
    });
    let codes = ProblemCode::ALL.iter().map(of_code);
    codes.chain([(GATEWAY_ERROR.to_owned(), of_gateway)]).collect()
}

/// The sentence that documents each code.
fn meanings(schemas: &mut Schemas) -> BTreeMap<String, String> {
    let codes = schemas.inline::<ProblemCode>();
    let codes = codes["oneOf"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    codes.map(|code| (text(&code["const"]), text(&code["description"]))).collect()
}

fn response(status: u16, codes: &[ProblemCode], row: &Row, meanings: &BTreeMap<String, String>) -> Value {
    let is_of_gateway = of_gateway(row).contains(&status);
    let mut headers = Map::from_iter([(request_id_header(row).to_owned(), header(request_id_header(row)))]);
    let mut content = Map::new();
    if !codes.is_empty() {
        content.insert(PROBLEM_JSON.to_owned(), json!({ "schema": one_of(codes) }));
    }
    if is_of_gateway {
        let schema = json!({ "$ref": format!("#/components/schemas/{GATEWAY_ERROR}") });
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
    } else {
        for name in ["Cache-Control", "X-Content-Type-Options"] {
            headers.insert(name.to_owned(), header(name));
        }
    }
    let is_retryable = |code: &ProblemCode| RETRYABLE.contains(code);
    if codes.iter().any(is_retryable) {
        let is_always = !is_of_gateway && codes.iter().all(is_retryable);
        let component = if is_always { "Retry-After" } else { "Retry-After-Optional" };
        headers.insert("Retry-After".to_owned(), header(component));
    }
    if status == 401 {
        headers.insert("WWW-Authenticate".to_owned(), header("WWW-Authenticate"));
    }
    if status == 415 && row.route.starts_with("PATCH ") {
        headers.insert("Accept-Patch".to_owned(), header("Accept-Patch"));
    }
    json!({ "description": description(status, codes, meanings), "headers": headers, "content": content })
}

/// Says what the codes of a status mean, one line for each.
fn description(status: u16, codes: &[ProblemCode], meanings: &BTreeMap<String, String>) -> String {
    let meaning = |code: &ProblemCode| meanings.get(code.as_str()).cloned().unwrap_or_default();
    let of_codes = codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), meaning(code)));
    let of_gateway = match status {
        413 => Some("- API Gateway: The body is larger than 10 MB."),
        429 => Some("- API Gateway: The throttling limit of the route is reached. Wait longer before each repetition."),
        500 => Some("- API Gateway: The function failed or did not start."),
        502 => Some("- API Gateway: The function failed, did not start, or answered something that does not stream."),
        503 => Some("- API Gateway: Lambda did not respond. Repeat the request later."),
        504 => Some("- API Gateway: The function did not answer in time."),
        _ => None,
    };
    of_codes.chain(of_gateway.map(str::to_owned)).collect::<Vec<_>>().join("\n")
}

fn one_of(codes: &[ProblemCode]) -> Value {
    let reference = |code: &ProblemCode| json!({ "$ref": format!("#/components/schemas/{}", component(*code)) });
    match codes {
        [code] => reference(code),
        codes => json!({ "oneOf": codes.iter().map(reference).collect::<Vec<_>>() }),
    }
}

/// The name of a code's schema, for example `NotFoundProblem`.
fn component(code: ProblemCode) -> String {
    let capitalized =
        |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    code.as_str().split('-').map(capitalized).collect::<String>() + "Problem"
}
