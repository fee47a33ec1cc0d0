//! The user object of responses and events.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Map, Value, json};

use crate::users::{
    contact::{email_object, phone_object},
    user::User,
};

impl User {
    /// Returns the user object.
    pub(crate) fn object(&self, instance_id: &str) -> Value {
        let mut object = fields_without_feature();
        let image_url = self.image_url(instance_id);
        let [public_metadata, private_metadata, unsafe_metadata] = &self.metadata;
        let fields: [(&str, Value); 26] = [
            ("id", json!(self.id)),
            ("object", json!("user")),
            ("username", json!(self.username)),
            ("first_name", json!(self.first_name)),
            ("last_name", json!(self.last_name)),
            ("locale", json!(self.locale)),
            ("image_url", json!(image_url)),
            ("profile_image_url", json!(image_url)),
            ("primary_email_address_id", json!(self.primary_email_id)),
            ("primary_phone_number_id", json!(self.primary_phone_id)),
            ("email_addresses", self.emails.iter().map(email_object).collect()),
            ("phone_numbers", self.phones.iter().map(phone_object).collect()),
            ("password_enabled", json!(self.password_enabled)),
            ("public_metadata", json!(public_metadata)),
            ("private_metadata", json!(private_metadata)),
            ("unsafe_metadata", json!(unsafe_metadata)),
            ("external_id", json!(self.external_id)),
            ("banned", json!(self.banned)),
            ("locked", json!(self.locked)),
            ("delete_self_enabled", json!(self.delete_self_enabled)),
            ("create_organization_enabled", json!(self.create_organization_enabled)),
            ("create_organizations_limit", json!(self.create_organizations_limit)),
            ("legal_accepted_at", json!(self.legal_accepted_at)),
            ("created_at", json!(self.created_at)),
            ("updated_at", json!(self.updated_at)),
            ("has_image", json!(false)),
        ];
        object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(object)
    }

    /// Returns the object that stands for the user in the response and the event of a deletion.
    pub(crate) fn deleted_object(&self) -> Value {
        let mut object = json!({"object": "user", "id": self.id, "deleted": true});
        if let Some(external_id) = &self.external_id {
            object["external_id"] = json!(external_id);
        }
        object
    }

    /// Returns the address of Clerk's default picture, which shows the initials.
    fn image_url(&self, instance_id: &str) -> String {
        let names = [&self.first_name, &self.last_name];
        let initials: String = names.into_iter().flatten().filter_map(|name| name.chars().next()).collect();
        let picture = json!({"type": "default", "iid": instance_id, "rid": self.id, "initials": initials});
        format!("https://img.clerk.com/{}", STANDARD_NO_PAD.encode(picture.to_string()))
    }
}

/// Returns the fields of features that the emulator does not have.
fn fields_without_feature() -> Map<String, Value> {
    let empty = ["web3_wallets", "passkeys", "external_accounts", "saml_accounts", "enterprise_accounts"];
    let off = ["two_factor_enabled", "totp_enabled", "backup_code_enabled", "deprovisioned"];
    let null = [
        "primary_web3_wallet_id",
        "password_last_updated_at",
        "mfa_enabled_at",
        "mfa_disabled_at",
        "last_sign_in_at",
        "last_active_at",
        "lockout_expires_in_seconds",
        "timezone",
    ];
    let mut fields = Map::new();
    fields.extend(empty.map(|name| (name.to_owned(), json!([]))));
    fields.extend(off.map(|name| (name.to_owned(), json!(false))));
    fields.extend(null.map(|name| (name.to_owned(), Value::Null)));
    fields.insert("verification_attempts_remaining".to_owned(), json!(100));
    fields
}
