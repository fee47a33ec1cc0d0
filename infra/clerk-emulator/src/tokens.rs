//! The headers and claims of Clerk's tokens. All kinds are signed by the same key. The `cat` of the header says which
//! kind a token is (`@clerk/backend` 3.25, `src/tokens/jwtCategories.ts`).

use serde_json::{Value, json};

use crate::{ids, sessions::session::Session};

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

/// Returns the header of a sign-in token, a client's cookie and a handshake. It has no `cat`, and their claims have no
/// `sub`, so none of them passes for a session token.
pub(crate) fn plain_header(kid: &str) -> Value {
    json!({"alg": "RS256", "kid": kid, "typ": "JWT"})
}

/// Returns the claims of a sign-in token. They are the emulator's own, because only the Frontend API reads them.
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

/// Returns the claims of a session token for a web page. `azp` is the origin of the page, and `fva` the age of the
/// session's factors.
pub(crate) fn claims_for_page(issuer: &str, session: &Session, origin: Option<&str>) -> Value {
    let mut claims = session_claims(issuer, &session.user_id, &session.id, LIFETIME_SECONDS);
    claims["fva"] = json!(session.factor_verification_age());
    if let Some(origin) = origin {
        claims["azp"] = json!(origin);
    }
    claims
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
