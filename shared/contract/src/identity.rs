//! The identity of a caller, as a session token says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::user_id::ClerkUserId;

/// The identity of a caller, modelled on Convex's `UserIdentity`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The Clerk user.
    pub subject: ClerkUserId,
    /// The Clerk instance.
    pub issuer: String,
    /// `issuer|subject`, which is unique across all issuers.
    pub token_identifier: String,
    /// The session, `sess_…`. A token of a JWT template has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Profile claims, if the instance adds them to its tokens.
    #[serde(flatten)]
    pub profile: Profile,
    /// The active organization of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// The actor who impersonates the user (`act`, RFC 8693), if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Value>,
    /// All other claims, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

/// The standard claims of OpenID Connect Core 1.0, §5.1. A claim whose type differs from the standard counts as absent
/// here and stays in [`Identity::claims`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the standard defines them")]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// The active organization of a session, with the user's role and permissions in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// The id, `org_…`.
    pub id: String,
    /// The slug, if the instance uses slugs.
    pub slug: Option<String>,
    /// The role: `org:admin`, `org:member`, …
    pub role: Option<String>,
    /// The permissions, `org:<feature>:<permission>`, in the order of the token.
    pub permissions: Vec<String>,
}
