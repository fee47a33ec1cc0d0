//! A client: the browser, as Clerk keeps it between requests.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};

use crate::{
    frontend::{reverification::Reverification, sign_in::SignIn, sign_up::SignUp},
    ids,
};

/// A browser with its sign-in or sign-up under way. Its sessions are those of the instance that name it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BrowserClient {
    pub(super) id: String,
    /// The secret by which the browser is known. It is in the cookie `__client`.
    rotating_token: String,
    pub(super) last_active_session_id: Option<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    #[serde(skip)]
    pub(super) sign_in: Option<SignIn>,
    #[serde(skip)]
    pub(super) sign_up: Option<SignUp>,
    #[serde(skip)]
    pub(super) reverification: Option<Reverification>,
}

impl BrowserClient {
    pub(super) fn new() -> Self {
        let now = ids::now_ms();
        Self {
            id: ids::id("client"),
            rotating_token: ids::base62(40),
            last_active_session_id: None,
            created_at: now,
            updated_at: now,
            sign_in: None,
            sign_up: None,
            reverification: None,
        }
    }

    pub(super) fn rotating_token(&self) -> &str {
        &self.rotating_token
    }

    pub(super) fn has_rotating_token(&self, token: &str) -> bool {
        verify_slices_are_equal(self.rotating_token.as_bytes(), token.as_bytes()).is_ok()
    }

    /// Makes a session that has just begun the active one. The sign-in or sign-up that led to it is over.
    pub(super) fn enter(&mut self, session_id: &str) {
        self.last_active_session_id = Some(session_id.to_owned());
        self.sign_in = None;
        self.sign_up = None;
        self.touch();
    }

    /// Forgets the active session.
    pub(super) fn leave(&mut self) {
        self.last_active_session_id = None;
        self.reverification = None;
        self.touch();
    }

    /// Sets `updated_at`. The cookie `__client_uat` has it in seconds while somebody is signed in.
    pub(super) fn touch(&mut self) {
        self.updated_at = ids::now_ms().max(self.updated_at + 1);
    }
}
