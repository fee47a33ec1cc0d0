//! The verifier of session tokens. A token is accepted only if every check here passes.
//!
//! The values of `cat`, the allowed clock skew and the comparison of `azp` are those of `@clerk/backend` 3.25
//! (`src/tokens/verify.ts`, `src/jwt/verifyJwt.ts` and `src/jwt/assertions.ts`).

use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use usher_contract::{ClerkUserId, Timestamp, limits::MAX_TOKEN_BYTES};

use crate::{
    identity::VerifiedCaller,
    issuer::Issuer,
    keys::Keys,
    token_error::{TokenError, VerifyError},
};

/// The maximum difference between the clocks of Clerk and this machine, in seconds. `@clerk/backend` allows the same.
const SKEW_SECONDS: f64 = 5.0;

/// The `cat` of a session token.
const SESSION: &str = "cl_B7d4PD111AAA";
/// The `cat` of a JWT template's token. The same key signs it (`@clerk/backend` 3.25, `src/tokens/jwtCategories.ts`).
/// It has no session.
const TEMPLATE: &str = "cl_B7d4PD222AAA";
/// The `cat` that does not name a kind of token. `@clerk/backend` accepts it.
const IGNORE: &str = "cl_I7d4PD111III";

/// The default maximum lifetime of a JWT template's token, in seconds. Clerk allows lifetimes of ten years (Clerk's
/// OpenAPI, `bapi` 2026-05-12, `CreateJWTTemplate`). Neither a sign-out nor a deletion at Clerk ends such a token,
/// because nobody asks Clerk when it is verified.
pub const DEFAULT_TEMPLATE_TOKEN_SECONDS: u32 = 60 * 60;

/// Verifies the session tokens of one Clerk instance.
pub struct SessionVerifier {
    keys: Arc<Keys>,
    issuer: Issuer,
    rules: TokenRules,
}

/// Configured requirements on tokens, beyond those that apply to every session token.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// The accepted origins (`azp`). If empty, any origin is accepted, and a token without one.
    pub authorized_parties: Vec<String>,
    /// The accepted audiences (`aud`). If empty, any audience is accepted, and a token without one, but no token of a
    /// JWT template.
    pub audiences: Vec<String>,
    /// The maximum lifetime of a JWT template's token (`exp` − `iat`), in seconds.
    pub template_token_max_seconds: u32,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self {
            authorized_parties: Vec::new(),
            audiences: Vec::new(),
            template_token_max_seconds: DEFAULT_TEMPLATE_TOKEN_SECONDS,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: Value,
    #[serde(default, deserialize_with = "present")]
    typ: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    cat: Option<Value>,
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<Value>,
}

/// Reads a member that is present, even if it is null. Serde reads null as an absent `Option`, but `@clerk/backend`
/// rejects a token whose `typ` or `cat` is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A token in the compact serialization (RFC 7515 §3.1), split but not decoded.
struct CompactJws<'a> {
    /// The text that the signature covers: header, dot, claims.
    signed: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl SessionVerifier {
    /// Creates a verifier.
    pub fn new(keys: Arc<Keys>, issuer: Issuer, rules: TokenRules) -> Self {
        Self { keys, issuer, rules }
    }

    /// Verifies a token and returns the caller that it proves.
    ///
    /// # Errors
    /// The token is invalid, or the keys to verify it could not be fetched.
    pub async fn verify(&self, token: &str) -> Result<VerifiedCaller, VerifyError> {
        let jws = CompactJws::split(token)?;
        let header: Header = decode(jws.header)?;
        let is_template = check_header(&header)?;
        self.check_signature(&jws, header.kid.as_deref()).await?;
        let claims: Map<String, Value> = decode(jws.claims)?;
        Ok(self.check_claims(claims, is_template, now())?)
    }

    async fn check_signature(&self, jws: &CompactJws<'_>, kid: Option<&str>) -> Result<(), VerifyError> {
        let key = self.keys.key(kid).await?.ok_or(TokenError::UnknownKey)?;
        if jws.is_signed_by(&key) {
            return Ok(());
        }
        match self.keys.rotated_key(kid, &key).await? {
            Some(key) if jws.is_signed_by(&key) => Ok(()),
            _ => Err(TokenError::Signature.into()),
        }
    }

    fn check_claims(
        &self,
        claims: Map<String, Value>,
        is_template: bool,
        now: f64,
    ) -> Result<VerifiedCaller, TokenError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);

        let issuer = text("iss").filter(|iss| *iss == self.issuer.as_str()).ok_or(TokenError::Issuer)?;
        let subject = text("sub").and_then(|sub| ClerkUserId::parse(sub).ok()).ok_or(TokenError::Subject)?;
        if !is_template && text("sid").is_none_or(str::is_empty) {
            return Err(TokenError::NoSession);
        }

        let expires = claims.get("exp").and_then(Value::as_f64).ok_or(TokenError::Expired)?;
        if expires <= now - SKEW_SECONDS {
            return Err(TokenError::Expired);
        }
        if is_ahead(claims.get("nbf"), now) {
            return Err(TokenError::NotYetValid);
        }
        if is_ahead(claims.get("iat"), now) {
            return Err(TokenError::IssuedAhead);
        }

        if is_template && !self.allows_lifetime(claims.get("iat"), expires) {
            return Err(TokenError::TemplateLife);
        }
        let parties = &self.rules.authorized_parties;
        if !parties.is_empty() && !text("azp").is_some_and(|azp| parties.iter().any(|party| party == azp)) {
            return Err(TokenError::AuthorizedParty);
        }
        if !self.accepts_audience(claims.get("aud"), is_template) {
            return Err(TokenError::Audience);
        }
        match claims.get("sts") {
            None => {}
            Some(Value::String(status)) if status != "pending" => {}
            Some(_) => return Err(TokenError::Pending),
        }

        let issuer = issuer.to_owned();
        Ok(VerifiedCaller::from_claims(subject, issuer, claims))
    }

    fn allows_lifetime(&self, issued: Option<&Value>, expires: f64) -> bool {
        let max = f64::from(self.rules.template_token_max_seconds);
        issued.and_then(Value::as_f64).is_some_and(|issued| expires - issued <= max)
    }

    fn accepts_audience(&self, audience: Option<&Value>, is_template: bool) -> bool {
        let known = |audience: &Value| self.rules.audiences.iter().any(|known| audience == known);
        match audience {
            _ if self.rules.audiences.is_empty() => !is_template,
            Some(Value::Array(audiences)) => audiences.iter().any(known),
            Some(audience) => known(audience),
            None => false,
        }
    }
}

/// Checks the header, before the signature. Returns whether a JWT template made the token.
fn check_header(header: &Header) -> Result<bool, TokenError> {
    if header.alg != "RS256" {
        return Err(TokenError::Algorithm);
    }
    if header.typ.as_ref().is_some_and(|typ| typ != "JWT") {
        return Err(TokenError::Type);
    }
    // RFC 7515 §4.1.11: a verifier that does not support an extension must reject the token.
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    match header.cat.as_ref().map(Value::as_str) {
        None | Some(Some(SESSION | IGNORE)) => Ok(false),
        Some(Some(TEMPLATE)) => Ok(true),
        Some(_) => Err(TokenError::Category),
    }
}

impl<'a> CompactJws<'a> {
    fn split(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong { limit: MAX_TOKEN_BYTES });
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if header.is_empty() || claims.is_empty() || claims.contains('.') || signature.is_empty() {
            return Err(TokenError::Malformed);
        }
        Ok(Self { signed, header, claims, signature })
    }

    fn is_signed_by(&self, key: &ParsedPublicKey) -> bool {
        let signature = BASE64_URL_SAFE_NO_PAD.decode(self.signature);
        signature.is_ok_and(|signature| key.verify_sig(self.signed.as_bytes(), &signature).is_ok())
    }
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenError> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
}

/// Returns whether a time claim is in the future. A claim that is not a number counts as being in the future.
fn is_ahead(claim: Option<&Value>, now: f64) -> bool {
    claim.is_some_and(|time| time.as_f64().is_none_or(|time| time > now + SKEW_SECONDS))
}

/// Returns the seconds since the Unix epoch, the unit of a token's time claims.
fn now() -> f64 {
    Timestamp::now().saturating_duration_since(Timestamp::from_millis(0)).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_parts_that_are_not_empty() {
        assert!(CompactJws::split("a.b.c").is_ok());
        for token in ["", "a", "a.b", "a.b.", "a..c", ".b.c", "..", "a.b.c.", "a.b.c.d"] {
            assert_eq!(CompactJws::split(token).err(), Some(TokenError::Malformed), "{token}");
        }
    }
}
