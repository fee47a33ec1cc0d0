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
}

pub(crate) fn new_contacts(values: impl Iterator<Item = String>, now: i64) -> Vec<Contact> {
    values.map(|value| Contact { id: ids::id("idn"), value, created_at: now }).collect()
}

pub(crate) fn have_common_value(left: &[Contact], right: &[Contact]) -> bool {
    left.iter().any(|contact| right.iter().any(|other| contact.value == other.value))
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
        "verification": verification(),
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
        "verification": verification(),
        "linked_to": [],
        "backup_codes": null,
        "created_at": phone.created_at,
        "updated_at": phone.created_at,
    })
}

/// Contacts of a new user count as verified (Clerk's OpenAPI, `bapi` 2026-05-12, `CreateUser`).
fn verification() -> Value {
    json!({
        "object": "verification_admin",
        "status": "verified",
        "strategy": "admin",
        "attempts": null,
        "expire_at": null,
    })
}
