//! Tests of the Frontend API, as a web page uses it.

mod browser;
mod cors;
mod description;
mod handshake;
mod profile;
mod reverification;
mod scripts;
mod sessions;
mod sign_in;
mod sign_up;

use serde_json::{Value, json};

use super::Setup;

/// The origin of the page.
const ORIGIN: &str = "http://localhost:3002";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse";

impl Setup {
    /// Creates a user with an e-mail address and a password, and returns its id.
    async fn ada(&mut self) -> String {
        self.user(json!({"email_address": [EMAIL], "first_name": "Ada", "password": PASSWORD})).await
    }

    /// Returns the claims of a token, verified with the published key set.
    async fn claims(&self, token: &Value) -> Value {
        self.verify(token.as_str().unwrap()).await.claims
    }
}
