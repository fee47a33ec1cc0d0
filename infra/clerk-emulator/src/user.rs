//! A user as Clerk keeps one, and how requests change it.

use serde_json::{Map, Value};

use super::api_error::{ApiError, Problem};
use super::contact::{Contact, contacts, is_email, is_phone, share};
use super::directory::Directory;
use super::ids;
use super::params::Params;

/// Clerk's limit for each kind of metadata, in bytes of JSON.
const METADATA_BYTES: usize = 8 * 1024;
const METADATA: [&str; 3] = ["public_metadata", "private_metadata", "unsafe_metadata"];

/// Parameters Clerk takes that leave nothing in the user object. Passwords are never kept.
const WITHOUT_EFFECT: [&str; 10] = [
    "backup_codes",
    "bypass_client_trust",
    "notify_primary_email_address_changed",
    "password_hasher",
    "sign_out_of_other_sessions",
    "skip_legal_checks",
    "skip_password_checks",
    "skip_password_requirement",
    "skip_user_requirement",
    "totp_secret",
];

#[derive(Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) external_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) emails: Vec<Contact>,
    pub(super) phones: Vec<Contact>,
    pub(super) primary_email_id: Option<String>,
    pub(super) primary_phone_id: Option<String>,
    /// In the order of `METADATA`.
    pub(super) metadata: [Map<String, Value>; 3],
    pub(super) password_enabled: bool,
    pub(super) banned: bool,
    pub(super) locked: bool,
    pub(super) delete_self_enabled: bool,
    pub(super) create_organization_enabled: bool,
    pub(super) create_organizations_limit: Option<i64>,
    pub(super) legal_accepted_at: Option<i64>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

impl User {
    /// One who was created at this time and has a name and an e-mail address that nobody else has.
    pub(super) fn plain(created_at: i64) -> Self {
        let mut user = Self::empty(created_at);
        user.first_name = Some("Plain".to_owned());
        user.last_name = Some(user.id.trim_start_matches("user_").to_owned());
        let email = format!("{}@example.com", user.id.to_lowercase());
        user.emails = contacts(std::iter::once(email), created_at);
        user.primary_email_id = user.emails.first().map(|email| email.id.clone());
        user
    }

    fn empty(now: i64) -> Self {
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

    /// `POST /v1/users`.
    pub(super) fn create(mut params: Params, others: &Directory) -> Result<Self, ApiError> {
        let now = ids::now_ms();
        let mut user = Self::empty(now);
        // Clerk keeps addresses in lower case.
        let emails = params.texts("email_address").flatten().unwrap_or_default();
        user.emails = contacts(emails.iter().map(|email| email.to_lowercase()), now);
        if !user.emails.iter().all(|email| is_email(&email.value)) {
            params.refuse(Problem::format("email_address", "a valid email address"));
        }
        user.phones = contacts(params.texts("phone_number").flatten().unwrap_or_default().into_iter(), now);
        if !user.phones.iter().all(|phone| is_phone(&phone.value)) {
            let expected = "a valid phone number according to E.164 international standard";
            params.refuse(Problem::format("phone_number", expected));
        }
        user.primary_email_id = user.emails.first().map(|email| email.id.clone());
        user.primary_phone_id = user.phones.first().map(|phone| phone.id.clone());
        set(&mut user.banned, params.flag("banned"));
        set(&mut user.locked, params.flag("locked"));
        user.take(params, others)?;
        Ok(user)
    }

    /// `PATCH /v1/users/{id}`. Metadata given here replaces what was there.
    pub(super) fn updated(mut self, mut params: Params, others: &Directory) -> Result<Self, ApiError> {
        primary("primary_email_address_id", &mut self.primary_email_id, &self.emails, &mut params);
        primary("primary_phone_number_id", &mut self.primary_phone_id, &self.phones, &mut params);
        self.take(params, others)?;
        Ok(self.touched())
    }

    /// `PATCH /v1/users/{id}/metadata`: objects are merged at every depth, and a null removes its key.
    pub(super) fn with_metadata(mut self, mut params: Params) -> Result<Self, ApiError> {
        for (name, stored) in METADATA.into_iter().zip(&mut self.metadata) {
            merge(stored, params.object(name).flatten().unwrap_or_default());
            check_size(name, stored, &mut params);
        }
        params.finish()?;
        Ok(self.touched())
    }

    /// `PUT /v1/users/{id}/metadata`: what is given replaces what was there, the rest stays.
    pub(super) fn with_metadata_replaced(mut self, mut params: Params) -> Result<Self, ApiError> {
        self.replace_metadata(&mut params);
        params.finish()?;
        Ok(self.touched())
    }

    fn replace_metadata(&mut self, params: &mut Params) {
        for (name, stored) in METADATA.into_iter().zip(&mut self.metadata) {
            if let Some(given) = params.object(name) {
                *stored = given.unwrap_or_default();
            }
            check_size(name, stored, params);
        }
    }

    /// What `POST` and `PATCH` have in common.
    fn take(&mut self, mut params: Params, others: &Directory) -> Result<(), ApiError> {
        replace(&mut self.external_id, params.text("external_id"));
        replace(&mut self.username, params.text("username"));
        replace(&mut self.first_name, params.text("first_name"));
        replace(&mut self.last_name, params.text("last_name"));
        replace(&mut self.locale, params.text("locale"));
        self.replace_metadata(&mut params);
        for secret in ["password", "password_digest"] {
            self.password_enabled |= params.text(secret).flatten().is_some();
        }
        set(&mut self.delete_self_enabled, params.flag("delete_self_enabled"));
        set(&mut self.create_organization_enabled, params.flag("create_organization_enabled"));
        replace(&mut self.create_organizations_limit, params.integer("create_organizations_limit"));
        replace(&mut self.legal_accepted_at, params.time("legal_accepted_at"));
        set(&mut self.created_at, params.time("created_at"));
        params.ignore(&WITHOUT_EFFECT);
        for name in self.taken(others) {
            params.refuse(Problem::taken(name));
        }
        params.finish()
    }

    /// The identifiers that another user of the instance already has.
    fn taken(&self, others: &Directory) -> Vec<&'static str> {
        let others = || others.iter().filter(|other| other.id != self.id);
        let mut taken = Vec::new();
        if others().any(|other| share(&self.emails, &other.emails)) {
            taken.push("email_address");
        }
        if others().any(|other| share(&self.phones, &other.phones)) {
            taken.push("phone_number");
        }
        if self.username.is_some() && others().any(|other| other.username == self.username) {
            taken.push("username");
        }
        if self.external_id.is_some() && others().any(|other| other.external_id == self.external_id) {
            taken.push("external_id");
        }
        taken
    }

    /// `updated_at` strictly increases, however fast the changes come: a copy orders versions by it.
    pub(super) fn touched(self) -> Self {
        let updated_at = ids::now_ms().max(self.updated_at + 1);
        Self { updated_at, ..self }
    }
}

/// A null clears, an absent parameter leaves as it was.
fn replace<T>(stored: &mut Option<T>, given: Option<Option<T>>) {
    if let Some(given) = given {
        *stored = given;
    }
}

fn set<T>(stored: &mut T, given: Option<Option<T>>) {
    if let Some(given) = given.flatten() {
        *stored = given;
    }
}

fn primary(name: &str, stored: &mut Option<String>, contacts: &[Contact], params: &mut Params) {
    let given = params.text(name);
    if let Some(Some(id)) = &given
        && !contacts.iter().any(|contact| contact.id == *id)
    {
        params.refuse(Problem::resource(name));
    }
    replace(stored, given);
}

fn check_size(name: &str, metadata: &Map<String, Value>, params: &mut Params) {
    let bytes = serde_json::to_vec(metadata).map_or(usize::MAX, |json| json.len());
    if bytes > METADATA_BYTES {
        params.refuse(Problem::too_long(name, METADATA_BYTES));
    }
}

fn merge(stored: &mut Map<String, Value>, given: Map<String, Value>) {
    for (key, value) in given {
        match value {
            Value::Null => {
                stored.remove(&key);
            }
            Value::Object(given) => {
                let mut inner = match stored.remove(&key) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                merge(&mut inner, given);
                stored.insert(key, Value::Object(inner));
            }
            other => {
                stored.insert(key, other);
            }
        }
    }
}
