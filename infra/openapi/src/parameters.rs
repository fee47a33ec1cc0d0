//! The parameters of requests and the headers of responses that more than one route has.

use serde_json::{Map, Value, json};
use usher_contract::{
    ClerkUserId, IdempotencyKey, MessageId, PageLimit, SearchKind, SearchText, ThreadId, limits::DEFAULT_PAGE_LIMIT,
};

use crate::schemas::Schemas;

/// Returns the reference to a parameter.
pub(crate) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// Returns the reference to a header of a response.
pub(crate) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The parameters, by name.
pub(crate) fn parameters(schemas: &mut Schemas) -> Map<String, Value> {
    let mut limit = schemas.request::<PageLimit>();
    limit["default"] = DEFAULT_PAGE_LIMIT.into();
    let svix = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": schema });
    let all = json!({
        "thread_id": {
            "name": "thread_id", "in": "path", "required": true,
            "description": "The id of one of the caller's threads. Any other text is answered with `not-found`.",
            "schema": schemas.request::<ThreadId>(),
        },
        "message_id": {
            "name": "message_id", "in": "path", "required": true,
            "description": "The id of a message of the thread. Any other text is answered with `not-found`.",
            "schema": schemas.request::<MessageId>(),
        },
        "user_id": {
            "name": "user_id", "in": "path", "required": true,
            "description": "The id of a Clerk user. Any other text is answered with `not-found`.",
            "schema": schemas.request::<ClerkUserId>(),
        },
        "limit": {
            "name": "limit", "in": "query",
            "description": "The maximum number of items of the page.",
            "schema": limit,
        },
        "cursor": {
            "name": "cursor", "in": "query",
            "description": "The `next_cursor` of the page before, or of the end of an export. It belongs to this caller and this list; any other text is answered with `invalid-cursor`.",
            "schema": { "type": "string" },
        },
        "offset": {
            "name": "offset", "in": "query",
            "description": "The number of characters (Unicode scalar values) of the reply that the client has: the `id` of the last event.",
            "schema": { "type": "integer", "minimum": 0, "default": 0 },
        },
        "q": {
            "name": "q", "in": "query", "required": true,
            "description": "What to look for, at most 10 different words. All of them must occur, in any order; of the last one, the beginning is enough. Case and accents do not count.",
            "schema": schemas.request::<SearchText>(),
        },
        "kind": {
            "name": "kind", "in": "query",
            "description": "Where to look: in the titles of threads, or in the contents of messages. In both if it is left out.",
            "schema": schemas.request::<SearchKind>(),
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key", "in": "header",
            "description": "The caller's name for this request, kept for 24 hours. The same request with the same key has no further effect and gets the first response. Another request with the same key is answered with `idempotency-key-reused`.",
            "schema": schemas.request::<IdempotencyKey>(),
        },
        "If-Match": {
            "name": "If-Match", "in": "header",
            "description": "The `ETag` of the settings that the change is meant for. If they have changed since, the answer is `version-mismatch`. Without this header, or with `*`, the change always applies.",
            "schema": { "type": "string" },
        },
        "If-None-Match": {
            "name": "If-None-Match", "in": "header",
            "description": "The `ETag` of an earlier answer. If the answer has not changed, the status is 304 and there is no body.",
            "schema": { "type": "string" },
        },
        "svix-id": svix("svix-id", "The id of the message. A repeat of a delivery has the same id.", json!({ "type": "string", "minLength": 1 })),
        "svix-timestamp": svix("svix-timestamp", "When the delivery was sent, in seconds since the Unix epoch.", json!({ "type": "string", "pattern": "^[0-9]+$" })),
        "svix-signature": svix("svix-signature", "Signatures of id, time and body with the endpoint's secret, separated by spaces: `v1,<base64>`.", json!({ "type": "string", "minLength": 1 })),
    });
    into_map(all)
}

/// The headers of responses, by name.
pub(crate) fn headers() -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let all = json!({
        "Accept-Patch": {
            "description": "The media types of a body that the route accepts (RFC 5789).",
            "required": true, "schema": { "const": "application/merge-patch+json, application/json" },
        },
        "Apigw-Requestid": {
            "description": "API Gateway's own id of the request. Problems have the function's id, `request_id`.",
            "required": true, "schema": text(),
        },
        "Cache-Control": {
            "description": "No cache may store the response, because it is only for the caller.",
            "required": true, "schema": { "const": "no-store" },
        },
        "ETag": {
            "description": "The version of the answer. Send it as `If-None-Match` to read only what has changed.",
            "required": true, "schema": text(),
        },
        "Retry-After": {
            "description": "The number of seconds after which to send the request again.",
            "required": true, "schema": { "type": "integer", "minimum": 0 },
        },
        "Retry-After-Optional": {
            "description": "The number of seconds after which to send the request again. Missing if a repetition cannot succeed or the time is not known.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WWW-Authenticate": {
            "description": "The challenge of RFC 6750. It has an error code only if there was a token.",
            "required": true, "schema": { "enum": ["Bearer", "Bearer error=\"invalid_token\""] },
        },
        "X-Amzn-Requestid": {
            "description": "API Gateway's own id of the request, of the streaming API. Problems have the function's id, `request_id`.",
            "required": true, "schema": text(),
        },
        "X-Content-Type-Options": {
            "description": "A browser must not guess another type.",
            "required": true, "schema": { "const": "nosniff" },
        },
    });
    into_map(all)
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
