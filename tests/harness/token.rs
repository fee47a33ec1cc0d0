//! Session tokens, good until a test makes them otherwise.

use serde_json::{Value, json};

use crate::{
    clock::now_seconds,
    key::{Hash, Key},
};

/// The header and claims of a token that is to be signed.
#[derive(Debug, Clone)]
pub struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// A session token as Clerk makes it.
    pub fn of_session(header: Value, claims: Value) -> Self {
        Self { header, claims }
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// Takes a member out of the header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name);
        self
    }

    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Sets a time claim, as seconds from now.
    #[must_use]
    pub fn claim_from_now(self, name: &str, seconds: f64) -> Self {
        self.claim(name, now_seconds() + seconds)
    }

    /// Takes a claim out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    /// The issuer, to be written in another way.
    pub fn issuer(&self) -> &str {
        self.claims["iss"].as_str().unwrap()
    }

    /// Puts something else in the place of the claims.
    #[must_use]
    pub fn with_claims(self, claims: Value) -> Self {
        Self { claims, ..self }
    }

    /// The same for a JWT template: its category, no session.
    #[must_use]
    pub fn of_template(self) -> Self {
        self.header("cat", "cl_B7d4PD222AAA").without("sid")
    }

    /// Signs it with a key of the test.
    pub fn signed_by(&self, key: &Key) -> String {
        key.sign(Hash::Sha256, &self.header.to_string(), &self.claims.to_string())
    }

    /// Signs it as the instance does.
    pub fn minted_by(&self, clerk: &clerk_emulator::Clerk) -> String {
        clerk.mint_token(self.header.clone(), self.claims.clone()).unwrap()
    }

    /// The texts of header and claims.
    pub fn texts(&self) -> (String, String) {
        (self.header.to_string(), self.claims.to_string())
    }

    /// A token for an instance that is not the emulator's.
    pub fn of_instance(issuer: &str, user_id: &str) -> Self {
        let now = now_seconds().floor();
        Self {
            header: json!({"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": "ins_own", "typ": "JWT"}),
            claims: json!({
                "exp": now + 60.0, "fva": [0, -1], "iat": now, "iss": issuer, "jti": "1", "nbf": now - 10.0,
                "sid": "sess_own", "sts": "active", "sub": user_id, "v": 2,
            }),
        }
    }
}
