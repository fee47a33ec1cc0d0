//! Session tokens, which a test can change before they are signed.

use serde_json::{Value, json};

use crate::{
    clock::now_seconds,
    key::{Hash, Key},
};

/// The header and claims of an unsigned token.
#[derive(Debug, Clone)]
pub struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// A session token with these contents.
    pub fn of_session(header: Value, claims: Value) -> Self {
        Self { header, claims }
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// Removes a member of the header.
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

    /// Removes a claim.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        self.claims["iss"].as_str().unwrap()
    }

    /// Replaces the claims by any JSON value.
    #[must_use]
    pub fn with_claims(self, claims: Value) -> Self {
        Self { claims, ..self }
    }

    /// Turns this into a token of a JWT template, which has another category and no session.
    #[must_use]
    pub fn of_template(self) -> Self {
        self.header("cat", "cl_B7d4PD222AAA").without("sid")
    }

    /// Signs the token with a key of the test.
    pub fn signed_by(&self, key: &Key) -> String {
        key.sign(Hash::Sha256, &self.header.to_string(), &self.claims.to_string())
    }

    /// Signs the token with the key of the instance.
    pub fn minted_by(&self, clerk: &clerk_emulator::Clerk) -> String {
        clerk.mint_token(self.header.clone(), self.claims.clone()).unwrap()
    }

    /// The header and the claims as texts.
    pub fn texts(&self) -> (String, String) {
        (self.header.to_string(), self.claims.to_string())
    }

    /// A session token of an instance other than the emulator's.
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
