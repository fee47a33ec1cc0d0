//! A sign-in under way.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    frontend::{factors::list_factors, verification::Verification},
    ids,
    users::user::User,
};

/// The time in which a sign-in or a sign-up must be completed: a day. The emulator's own choice.
pub(super) const ABANDON_MS: i64 = 24 * 60 * 60 * 1000;

/// What is needed next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignInStatus {
    NeedsIdentifier,
    NeedsFirstFactor,
    NeedsNewPassword,
    Complete,
}

/// A sign-in. Its client has at most one.
#[derive(Debug, Clone)]
pub(super) struct SignIn {
    pub(super) id: String,
    pub(super) status: SignInStatus,
    pub(super) identifier: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) verification: Option<Verification>,
    pub(super) created_session_id: Option<String>,
    abandon_at: i64,
}

impl SignIn {
    pub(super) fn new() -> Self {
        Self {
            id: ids::id("sia"),
            status: SignInStatus::NeedsIdentifier,
            identifier: None,
            user_id: None,
            verification: None,
            created_session_id: None,
            abandon_at: ids::now_ms() + ABANDON_MS,
        }
    }

    /// Creates the sign-in of a user who has not proved a factor yet.
    pub(super) fn of_user(user: &User, identifier: Option<&str>) -> Self {
        Self {
            status: SignInStatus::NeedsFirstFactor,
            identifier: identifier.map(str::to_owned),
            user_id: Some(user.id.clone()),
            ..Self::new()
        }
    }

    /// Returns the object of responses. `user` is the user of the sign-in.
    pub(super) fn object(&self, user: Option<&User>) -> Value {
        json!({
            "object": "sign_in_attempt",
            "id": self.id,
            "status": self.status,
            "supported_identifiers": ["email_address", "username"],
            "supported_first_factors": user.map(list_factors).unwrap_or_default(),
            "supported_second_factors": [],
            "first_factor_verification": self.verification.as_ref().map(Verification::object),
            "second_factor_verification": null,
            "identifier": self.identifier,
            "user_data": user.map(user_data),
            "created_session_id": self.created_session_id,
            "abandon_at": self.abandon_at,
        })
    }
}

/// Returns what a sign-in shows of a user who has proved nothing yet.
fn user_data(user: &User) -> Value {
    json!({"first_name": user.first_name, "last_name": user.last_name, "image_url": "", "has_image": false})
}
