//! What Clerk writes into a token. Every kind is signed by the same key; the header's `cat` tells them apart.

use serde_json::{Value, json};

use super::ids;

/// Seconds a session token lives unless asked otherwise, and a template token too.
pub(super) const LIFETIME_SECONDS: i64 = 60;
/// Seconds Clerk sets `nbf` before `iat`, for clocks that lag.
const NOT_BEFORE_SECONDS: i64 = 10;

const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";
const TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";

pub(super) fn session_header(kid: &str) -> Value {
    header(kid, SESSION_CATEGORY)
}

pub(super) fn template_header(kid: &str) -> Value {
    header(kid, TEMPLATE_CATEGORY)
}

fn header(kid: &str, category: &str) -> Value {
    json!({"alg": "RS256", "cat": category, "kid": kid, "typ": "JWT"})
}

/// Version 2 session claims. No `azp`: tokens minted through the Backend API never carry one.
pub(super) fn session_claims(issuer: &str, user_id: &str, session_id: &str, lifetime_seconds: i64) -> Value {
    let now = ids::now_seconds();
    json!({
        "exp": now + lifetime_seconds,
        // Minutes since the first and the second factor; -1 is never.
        "fva": [0, -1],
        "iat": now,
        "iss": issuer,
        "jti": ids::hex(20),
        "nbf": now - NOT_BEFORE_SECONDS,
        "pla": "u:free_user",
        "sid": session_id,
        "sts": "active",
        "sub": user_id,
        "v": 2,
    })
}

/// Claims of a JWT template: no `sid`, and the template's name as `aud`.
pub(super) fn template_claims(issuer: &str, user_id: &str, template: &str, lifetime_seconds: i64) -> Value {
    let now = ids::now_seconds();
    json!({
        "aud": template,
        "exp": now + lifetime_seconds,
        "iat": now,
        "iss": issuer,
        "jti": ids::hex(20),
        "nbf": now - NOT_BEFORE_SECONDS,
        "sub": user_id,
    })
}
