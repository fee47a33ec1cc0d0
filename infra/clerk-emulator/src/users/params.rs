//! The changes that the parameters of a request make to a user.
//!
//! The functions take out the parameters that they know, and refuse wrong ones. The caller finishes the [`Params`].

use serde_json::{Map, Value};

use crate::{
    http::{api_error::ApiError, error_entry::ErrorEntry, params::Params},
    ids,
    users::{
        contact::{Contact, is_email, is_phone, new_contacts},
        password::Password,
        user::User,
    },
};

/// The limit of metadata, in bytes of JSON (Clerk's docs, "User metadata"). The emulator applies it to each kind.
const METADATA_BYTES: usize = 8 * 1024;
/// The parameters of `User::metadata`, in its order.
const METADATA: [&str; 3] = ["public_metadata", "private_metadata", "unsafe_metadata"];

/// Parameters that Clerk takes (Clerk's OpenAPI, `bapi` 2026-05-12, `CreateUser` and `UpdateUser`) and that do not
/// change the user object.
const WITHOUT_EFFECT: [&str; 9] = [
    "backup_codes",
    "bypass_client_trust",
    "notify_primary_email_address_changed",
    "password_hasher",
    "sign_out_of_other_sessions",
    "skip_legal_checks",
    "skip_password_requirement",
    "skip_user_requirement",
    "totp_secret",
];

impl User {
    /// Creates a user from the parameters of `POST /v1/users`.
    pub(crate) fn from_params(params: &mut Params) -> Self {
        let now = ids::now_ms();
        let mut user = Self::empty(now);
        // In lower case, so that two spellings of one address are a conflict. Clerk does not document its rule.
        let emails = params.texts("email_address").flatten().unwrap_or_default();
        user.emails = new_contacts(emails.iter().map(|email| email.to_lowercase()), now);
        if !user.emails.iter().all(|email| is_email(&email.value)) {
            params.refuse(ErrorEntry::wrong_format("email_address", "a valid email address"));
        }
        user.phones = new_contacts(params.texts("phone_number").flatten().unwrap_or_default().into_iter(), now);
        if !user.phones.iter().all(|phone| is_phone(&phone.value)) {
            let expected = "a valid phone number according to E.164 international standard";
            params.refuse(ErrorEntry::wrong_format("phone_number", expected));
        }
        user.primary_email_id = user.emails.first().map(|email| email.id.clone());
        user.primary_phone_id = user.phones.first().map(|phone| phone.id.clone());
        set(&mut user.banned, params.flag("banned"));
        set(&mut user.locked, params.flag("locked"));
        user.set_fields(params);
        user
    }

    /// Applies the parameters of `PATCH /v1/users/{id}`. Metadata is replaced, not merged.
    pub(crate) fn update(&mut self, params: &mut Params) {
        set_primary("primary_email_address_id", &mut self.primary_email_id, &self.emails, params);
        set_primary("primary_phone_number_id", &mut self.primary_phone_id, &self.phones, params);
        self.set_fields(params);
    }

    /// Applies the parameters of `PATCH /v1/users/{id}/metadata`. Objects are merged at every depth. A null removes its
    /// key.
    pub(crate) fn merge_metadata(&mut self, params: &mut Params) {
        for (name, stored) in METADATA.into_iter().zip(&mut self.metadata) {
            merge(stored, params.object(name).flatten().unwrap_or_default());
            check_size(name, stored, params);
        }
    }

    /// Applies the parameters of `PUT /v1/users/{id}/metadata`. Each given kind of metadata is replaced, the others
    /// stay.
    pub(crate) fn replace_metadata(&mut self, params: &mut Params) {
        for (name, stored) in METADATA.into_iter().zip(&mut self.metadata) {
            if let Some(given) = params.object(name) {
                *stored = given.unwrap_or_default();
            }
            check_size(name, stored, params);
        }
    }

    /// Applies the parameters that `POST` and `PATCH` have in common.
    fn set_fields(&mut self, params: &mut Params) {
        replace(&mut self.external_id, params.text("external_id"));
        replace(&mut self.username, params.text("username"));
        replace(&mut self.first_name, params.text("first_name"));
        replace(&mut self.last_name, params.text("last_name"));
        replace(&mut self.locale, params.text("locale"));
        self.replace_metadata(params);
        self.set_password_from(params);
        set(&mut self.delete_self_enabled, params.flag("delete_self_enabled"));
        set(&mut self.create_organization_enabled, params.flag("create_organization_enabled"));
        replace(&mut self.create_organizations_limit, params.integer("create_organizations_limit"));
        replace(&mut self.legal_accepted_at, params.time("legal_accepted_at"));
        set(&mut self.created_at, params.time("created_at"));
        params.ignore(&WITHOUT_EFFECT);
    }
}

impl User {
    /// A digest says that the user has a password, but nobody can sign in with it here, because its hasher is not
    /// known.
    fn set_password_from(&mut self, params: &mut Params) {
        let is_unchecked = params.flag("skip_password_checks").flatten().unwrap_or_default();
        if let Some(password) = params.text("password").flatten() {
            if let Err(error) = Password::check("password", &password)
                && !is_unchecked
            {
                params.refuse(error);
            }
            self.set_password(Some(&password));
        }
        if params.text("password_digest").flatten().is_some() {
            self.password = None;
            self.password_enabled = true;
        }
    }
}

impl User {
    /// Replaces the unsafe metadata, which a page may change.
    pub(crate) fn set_unsafe_metadata(&mut self, given: Map<String, Value>) -> Result<(), ApiError> {
        let mut params = Params::empty();
        let [_, _, stored] = &mut self.metadata;
        *stored = given;
        check_size(METADATA[2], stored, &mut params);
        params.finish()
    }

    /// Merges into the unsafe metadata at every depth. A null removes its key.
    pub(crate) fn merge_unsafe_metadata(&mut self, given: Map<String, Value>) -> Result<(), ApiError> {
        let [_, _, mut stored] = self.metadata.clone();
        merge(&mut stored, given);
        self.set_unsafe_metadata(stored)
    }
}

/// A null clears the field. An absent parameter does not change it.
fn replace<T>(stored: &mut Option<T>, given: Option<Option<T>>) {
    if let Some(given) = given {
        *stored = given;
    }
}

/// A null and an absent parameter do not change the field.
fn set<T>(stored: &mut T, given: Option<Option<T>>) {
    if let Some(given) = given.flatten() {
        *stored = given;
    }
}

fn set_primary(name: &str, stored: &mut Option<String>, contacts: &[Contact], params: &mut Params) {
    let given = params.text(name);
    if let Some(Some(id)) = &given
        && !contacts.iter().any(|contact| contact.id == *id)
    {
        params.refuse(ErrorEntry::resource_not_found(name));
    }
    replace(stored, given);
}

fn check_size(name: &str, metadata: &Map<String, Value>, params: &mut Params) {
    let bytes = serde_json::to_vec(metadata).map_or(usize::MAX, |json| json.len());
    if bytes > METADATA_BYTES {
        params.refuse(ErrorEntry::too_long(name, METADATA_BYTES));
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
