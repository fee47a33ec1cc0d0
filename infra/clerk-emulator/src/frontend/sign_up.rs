//! A sign-up under way.

use serde_json::{Map, Value, json};

use crate::{
    frontend::{
        sign_in::ABANDON_MS,
        verification::{Strategy, Verification},
    },
    ids,
    users::{
        contact::{Contact, ContactVerification},
        password::Password,
        user::User,
    },
};

/// The fields without which a sign-up is not complete.
const REQUIRED: [&str; 2] = ["email_address", "password"];
const OPTIONAL: [&str; 2] = ["first_name", "last_name"];

/// A sign-up. Its client has at most one.
#[derive(Clone)]
pub(super) struct SignUp {
    pub(super) id: String,
    pub(super) email: Option<String>,
    pub(super) password: Option<Password>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) unsafe_metadata: Map<String, Value>,
    pub(super) legal_accepted_at: Option<i64>,
    /// The proof that the e-mail address is the user's.
    pub(super) verification: Option<Verification>,
    /// The session and the user that it led to.
    pub(super) created: Option<(String, String)>,
    abandon_at: i64,
}

impl SignUp {
    pub(super) fn new() -> Self {
        Self {
            id: ids::id("sua"),
            email: None,
            password: None,
            first_name: None,
            last_name: None,
            unsafe_metadata: Map::new(),
            legal_accepted_at: None,
            verification: None,
            created: None,
            abandon_at: ids::now_ms() + ABANDON_MS,
        }
    }

    /// Returns whether everything is given and verified.
    pub(super) fn is_ready(&self) -> bool {
        self.missing_fields().is_empty() && self.is_email_verified()
    }

    /// Makes the user.
    pub(super) fn to_user(&self) -> User {
        let now = ids::now_ms();
        let mut user = User::empty(now);
        let email = self.email.iter().map(|email| Contact::new(email.clone(), ContactVerification::Code, now));
        user.emails = email.collect();
        user.primary_email_id = user.emails.first().map(|email| email.id.clone());
        user.password_enabled = self.password.is_some();
        user.password.clone_from(&self.password);
        user.first_name.clone_from(&self.first_name);
        user.last_name.clone_from(&self.last_name);
        user.legal_accepted_at = self.legal_accepted_at;
        let [_, _, unsafe_metadata] = &mut user.metadata;
        unsafe_metadata.clone_from(&self.unsafe_metadata);
        user
    }

    fn missing_fields(&self) -> Vec<&'static str> {
        let given = [self.email.is_some(), self.password.is_some()];
        REQUIRED.into_iter().zip(given).filter(|(_, is_given)| !is_given).map(|(name, _)| name).collect()
    }

    fn is_email_verified(&self) -> bool {
        self.verification.as_ref().is_some_and(Verification::is_verified)
    }

    pub(super) fn object(&self) -> Value {
        let (session_id, user_id) = self.created.clone().unzip();
        let is_unverified = self.email.is_some() && !self.is_email_verified();
        json!({
            "object": "sign_up_attempt",
            "id": self.id,
            "status": if self.created.is_some() { "complete" } else { "missing_requirements" },
            "required_fields": REQUIRED,
            "optional_fields": OPTIONAL,
            "missing_fields": self.missing_fields(),
            "unverified_fields": if is_unverified { vec!["email_address"] } else { Vec::new() },
            "verifications": {
                "email_address": self.email.as_ref().map(|_| self.verification_object()),
                "phone_number": null,
                "web3_wallet": null,
                "external_account": null,
            },
            "username": null,
            "email_address": self.email,
            "phone_number": null,
            "web3_wallet": null,
            "password_enabled": self.password.is_some(),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "unsafe_metadata": self.unsafe_metadata,
            "public_metadata": {},
            "custom_action": false,
            "external_id": null,
            "created_session_id": session_id,
            "created_user_id": user_id,
            "abandon_at": self.abandon_at,
            "legal_accepted_at": self.legal_accepted_at,
        })
    }

    /// Returns the verification of the e-mail address. It has no strategy until a code was sent, because Clerk's
    /// components then send one.
    fn verification_object(&self) -> Value {
        let mut object = match &self.verification {
            None => json!({"object": "verification_otp", "status": "unverified", "strategy": null, "attempts": null}),
            Some(verification) => verification.object(),
        };
        object["next_action"] = match &self.verification {
            None => json!("needs_prepare"),
            Some(verification) if verification.is_verified() => json!(""),
            Some(_) => json!("needs_attempt"),
        };
        object["supported_strategies"] = json!([Strategy::EmailCode]);
        object
    }
}
