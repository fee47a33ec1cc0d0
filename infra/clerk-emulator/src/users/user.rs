//! A user as Clerk keeps it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    ids,
    users::{
        contact::{Contact, new_contacts},
        password::Password,
    },
};

/// A user, with the fields that requests can set.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) emails: Vec<Contact>,
    pub(crate) phones: Vec<Contact>,
    pub(crate) primary_email_id: Option<String>,
    pub(crate) primary_phone_id: Option<String>,
    /// Public, private and unsafe metadata.
    pub(crate) metadata: [Map<String, Value>; 3],
    pub(crate) password_enabled: bool,
    /// `None` if the user has no password, or one that was imported as the digest of another hasher.
    #[serde(default)]
    pub(crate) password: Option<Password>,
    pub(crate) banned: bool,
    pub(crate) locked: bool,
    pub(crate) delete_self_enabled: bool,
    pub(crate) create_organization_enabled: bool,
    pub(crate) create_organizations_limit: Option<i64>,
    pub(crate) legal_accepted_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl User {
    /// Creates a user with a name and an e-mail address that no other user has. `created_at` is in milliseconds since
    /// the epoch.
    pub(crate) fn plain(created_at: i64) -> Self {
        let mut user = Self::empty(created_at);
        user.first_name = Some("Plain".to_owned());
        user.last_name = Some(user.id.trim_start_matches("user_").to_owned());
        let email = format!("{}@example.com", user.id.to_lowercase());
        user.emails = new_contacts(std::iter::once(email), created_at);
        user.primary_email_id = user.emails.first().map(|email| email.id.clone());
        user
    }

    pub(crate) fn empty(now: i64) -> Self {
        Self {
            id: ids::id("user"),
            external_id: None,
            username: None,
            first_name: None,
            last_name: None,
            locale: None,
            emails: Vec::new(),
            phones: Vec::new(),
            primary_email_id: None,
            primary_phone_id: None,
            metadata: Default::default(),
            password_enabled: false,
            password: None,
            banned: false,
            locked: false,
            delete_self_enabled: true,
            create_organization_enabled: true,
            create_organizations_limit: None,
            legal_accepted_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn set_password(&mut self, password: Option<&str>) {
        self.password = password.map(Password::new);
        self.password_enabled = password.is_some();
    }

    /// Sets `updated_at`. It strictly increases even if two changes come in one millisecond, because copies of the user
    /// order versions by it.
    pub(crate) fn touched(self) -> Self {
        let updated_at = ids::now_ms().max(self.updated_at + 1);
        Self { updated_at, ..self }
    }
}
