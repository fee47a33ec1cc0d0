//! The headers and claims of Clerk's tokens. All kinds are signed by the same key. The `cat` of the header says which
//! kind a token is (`@clerk/backend` 3.25, `src/tokens/jwtCategories.ts`).

use serde_json::{Value, json};

use crate::ids;

/// The default lifetime of session tokens and template tokens (Clerk's docs, "How Clerk works").
pub(crate) const LIFETIME_SECONDS: i64 = 60;
/// The time by which `nbf` is before `iat`, for clocks that are behind. At Clerk it is a setting of the instance, the
/// "Allowed Clock Skew" (Clerk's docs, "Session tokens").
const NOT_BEFORE_SECONDS: i64 = 10;

const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";
const TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";

pub(crate) fn session_header(kid: &str) -> Value {
    header(kid, SESSION_CATEGORY)
}

pub(crate) fn template_header(kid: &str) -> Value {
    header(kid, TEMPLATE_CATEGORY)
}

fn header(kid: &str, category: &str) -> Value {
    json!({"alg": "RS256", "cat": category, "kid": kid, "typ": "JWT"})
}

/// Returns the header of a sign-in token. It has no `cat`, and its claims have no `sub`, so it never passes for a
/// session token.
pub(crate) fn sign_in_header(kid: &str) -> Value {
    json!({"alg": "RS256", "kid": kid, "typ": "JWT"})
}

/// Returns the claims of a sign-in token. They are the emulator's own, because only Clerk's Frontend API reads them.
pub(crate) fn sign_in_claims(issuer: &str, instance_id: &str, token_id: &str, lifetime_seconds: i64) -> Value {
    let now = ids::now_seconds();
    json!({
        "exp": now + lifetime_seconds,
        "iat": now,
        "iid": instance_id,
        "iss": issuer,
        "jti": token_id,
        "st": "sign_in_token",
    })
}

/// Returns the claims of a version 2 session token. There is no `azp`, because it is the `Origin` of a request to
/// the Frontend API (Clerk's docs, "Session tokens").
pub(crate) fn session_claims(issuer: &str, user_id: &str, session_id: &str, lifetime_seconds: i64) -> Value {
    let now = ids::now_seconds();
    json!({
        "exp": now + lifetime_seconds,
        // The minutes since the first and the second factor; -1 means never.
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

/// Returns the claims of a token from a JWT template: no `sid`, and the name of the template as `aud`.
pub(crate) fn template_claims(issuer: &str, user_id: &str, template: &str, lifetime_seconds: i64) -> Value {
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
