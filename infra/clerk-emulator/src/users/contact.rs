//! E-mail addresses and phone numbers: their format, and their objects in responses and events.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids;

/// An e-mail address or a phone number.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) created_at: i64,
    #[serde(default)]
    pub(crate) verification: ContactVerification,
}

/// How a contact was verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactVerification {
    /// By the Backend API. Contacts of a user that it creates count as verified (Clerk's OpenAPI, `bapi` 2026-05-12,
    /// `CreateUser`).
    #[default]
    Admin,
    /// By the user, with a code.
    Code,
    /// Not yet.
    Pending,
}

pub(crate) fn new_contacts(values: impl Iterator<Item = String>, now: i64) -> Vec<Contact> {
    values.map(|value| Contact::new(value, ContactVerification::Admin, now)).collect()
}

impl Contact {
    pub(crate) fn new(value: String, verification: ContactVerification, now: i64) -> Self {
        Self { id: ids::id("idn"), value, created_at: now, verification }
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.verification != ContactVerification::Pending
    }

    fn verification_object(&self) -> Value {
        let (object, status, strategy) = match self.verification {
            ContactVerification::Admin => ("verification_admin", "verified", "admin"),
            ContactVerification::Code => ("verification_otp", "verified", "email_code"),
            ContactVerification::Pending => ("verification_otp", "unverified", "email_code"),
        };
        json!({"object": object, "status": status, "strategy": strategy, "attempts": null, "expire_at": null})
    }
}

/// Returns whether two users have a contact in common. One that is not verified is nobody's yet.
pub(crate) fn have_common_value(left: &[Contact], right: &[Contact]) -> bool {
    let is_same =
        |left: &Contact, right: &Contact| left.is_verified() && right.is_verified() && left.value == right.value;
    left.iter().any(|contact| right.iter().any(|other| is_same(contact, other)))
}

pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// Checks for the format of E.164: a plus sign and at most 15 digits.
pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn email_object(email: &Contact) -> Value {
    json!({
        "id": email.id,
        "object": "email_address",
        "email_address": email.value,
        "reserved": false,
        "verification": email.verification_object(),
        "linked_to": [],
        "matches_sso_connection": false,
        "created_at": email.created_at,
        "updated_at": email.created_at,
    })
}

pub(crate) fn phone_object(phone: &Contact) -> Value {
    json!({
        "id": phone.id,
        "object": "phone_number",
        "phone_number": phone.value,
        "reserved": false,
        "reserved_for_second_factor": false,
        "default_second_factor": false,
        "verification": phone.verification_object(),
        "linked_to": [],
        "backup_codes": null,
        "created_at": phone.created_at,
        "updated_at": phone.created_at,
    })
}
