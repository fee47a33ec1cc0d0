//! Users, as callers see them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{identity::Identity, timestamp::Timestamp, user_id::ClerkUserId};

/// The part of a user that any signed-in caller may see. The response of `GET /users/{user_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserCard {
    /// The id.
    pub id: ClerkUserId,
    /// The first and the last name, or the one that is set.
    pub name: Option<String>,
    /// The username, if the instance uses usernames.
    pub username: Option<String>,
    /// The URL of the profile image.
    pub image_url: Option<String>,
}

/// The caller's own Clerk user, without `private_metadata`. The response of `GET /users/me`.
///
/// The API returns the object byte for byte as Clerk sent it. Here are the fields that most apps read, as Clerk's
/// Backend API documents them for `User`. All of them but `id` may be missing or null, because Clerk may change them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClerkUser {
    /// The id.
    pub id: ClerkUserId,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The username, if the instance uses usernames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The URL of the profile image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// The id of the entry of `email_addresses` that is the primary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_email_address_id: Option<String>,
    /// The e-mail addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_addresses: Option<Vec<EmailAddress>>,
    /// Metadata that the backend sets and the frontend may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Map<String, Value>>,
    /// Metadata that the frontend may set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsafe_metadata: Option<Map<String, Value>>,
    /// When the user was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When the user last changed at Clerk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An e-mail address of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmailAddress {
    /// The id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The address.
    pub email_address: String,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Whether the caller is signed in. The response of `GET /users/me/status`.
// `U` is the caller's own Clerk user. The API inserts the object as Clerk sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum LoginStatus<U = ClerkUser> {
    /// The request has no token.
    NoToken,
    /// The token is valid, but the user's webhook has not arrived yet.
    NotSynced {
        /// What the token says.
        identity: Identity,
    },
    /// The token is valid, and the user is stored.
    SignedIn {
        /// What the token says.
        identity: Identity,
        /// The caller's own Clerk user, without `private_metadata`.
        user: U,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_user_of_a_later_clerk_is_read() {
        let user = json!({
            "id": "user_1", "first_name": null, "email_addresses": [{"id": "idn_1", "email_address": "a@b.c", "new": 1}],
            "public_metadata": {"plan": "pro"}, "created_at": 1, "new": {"a": null}
        });
        let user: ClerkUser = from_value(user).unwrap();
        assert_eq!((user.first_name, user.created_at), (None, Some(Timestamp::from_millis(1))));
        assert_eq!(user.email_addresses.unwrap()[0].other, *json!({"new": 1}).as_object().unwrap());
        assert_eq!(user.other, *json!({"new": {"a": null}}).as_object().unwrap());
        assert!(from_value::<ClerkUser>(json!({"id": "user_1"})).is_ok());
    }

    #[test]
    fn a_status_is_told_by_its_tag() {
        let identity = json!({"subject": "user_1", "issuer": "i", "token_identifier": "i|user_1", "email": "a@b.c"});
        let status = json!({"status": "signed_in", "identity": identity, "user": {"id": "user_1"}, "new": 1});
        let LoginStatus::<ClerkUser>::SignedIn { identity, user } = from_value(status).unwrap() else { panic!() };
        assert_eq!((identity.profile.email.as_deref(), user.id.as_str()), (Some("a@b.c"), "user_1"));
        assert_eq!(from_value::<LoginStatus>(json!({"status": "no_token"})).unwrap(), LoginStatus::NoToken);
    }
}
