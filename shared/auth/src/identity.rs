//! The identity that a verified token proves.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use usher_clerk::ClerkUserId;

use crate::organization::Organization;

/// Claims that are represented by a field of [`Identity`] or only concern the token itself. They are left out of
/// `claims`.
const CONSUMED: [&str; 21] = [
    "iss",
    "sub",
    "sid",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "aud",
    "sts",
    "fva",
    "v",
    "o",
    "fea",
    "pla",
    "act",
    "org_id",
    "org_slug",
    "org_role",
    "org_permissions",
    "ver",
];

/// The identity of a caller, modelled on Convex's `UserIdentity`. Only a verified token makes one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identity {
    /// The Clerk user.
    pub subject: ClerkUserId,
    /// The Clerk instance.
    pub issuer: String,
    /// `issuer|subject`, which is unique across all issuers.
    pub token_identifier: String,
    /// The session, `sess_…`. A token of a JWT template has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Profile claims, if the instance adds them to its tokens.
    #[serde(flatten)]
    pub profile: Profile,
    /// The active organization of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// Minutes since the first and the second factor were verified (`fva`). -1 means never. Callers do not see this
    /// field, because it differs from token to token.
    #[serde(skip)]
    pub factor_ages: Option<[i64; 2]>,
    /// The actor who impersonates the user (`act`, RFC 8693), if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Value>,
    /// All other claims, unchanged.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

/// The standard claims of OpenID Connect Core 1.0, §5.1. A claim whose type differs from the standard counts as absent
/// here and stays in [`Identity::claims`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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

impl Identity {
    pub(crate) fn from_claims(subject: ClerkUserId, issuer: String, mut claims: Map<String, Value>) -> Self {
        let organization = Organization::from_claims(&claims);
        let session_id = claims.get("sid").and_then(Value::as_str).map(str::to_owned);
        let factor_ages = claims.remove("fva").and_then(|ages| serde_json::from_value(ages).ok());
        // An actor of any type counts, because a session with an actor is not the user's own.
        let actor = claims.remove("act").filter(|actor| !actor.is_null());
        claims.retain(|name, _| !CONSUMED.contains(&name.as_str()));
        Self {
            token_identifier: format!("{issuer}|{subject}"),
            subject,
            issuer,
            session_id,
            profile: Profile::take_from(&mut claims),
            organization,
            factor_ages,
            actor,
            claims,
        }
    }
}

impl Profile {
    fn take_from(claims: &mut Map<String, Value>) -> Self {
        let mut text = |name: &str| match claims.get(name) {
            Some(Value::String(_)) => claims.remove(name).and_then(|v| v.as_str().map(str::to_owned)),
            _ => None,
        };
        let mut profile = Self {
            name: text("name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            nickname: text("nickname"),
            preferred_username: text("preferred_username"),
            profile: text("profile"),
            picture: text("picture"),
            email: text("email"),
            phone_number: text("phone_number"),
            gender: text("gender"),
            birthdate: text("birthdate"),
            zoneinfo: text("zoneinfo"),
            locale: text("locale"),
            ..Self::default()
        };
        let mut flag = |name: &str| match claims.get(name) {
            Some(Value::Bool(flag)) => {
                let flag = *flag;
                claims.remove(name);
                Some(flag)
            }
            _ => None,
        };
        profile.email_verified = flag("email_verified");
        profile.phone_number_verified = flag("phone_number_verified");
        profile
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_appears_once() {
        let Value::Object(claims) = json!({
            "iss": "https://i", "sub": "user_1", "sid": "sess_1", "exp": 1, "jti": "x", "v": 2,
            "o": {"id": "org_1", "rol": "member"}, "act": {"sub": "user_admin"},
            "email": "ada@example.com", "email_verified": true, "name": 7, "plan": {"seats": 3}
        }) else {
            panic!()
        };
        let identity = Identity::from_claims(ClerkUserId::parse("user_1").unwrap(), "https://i".into(), claims);
        assert_eq!(
            serde_json::to_value(identity).unwrap(),
            json!({
                "subject": "user_1", "issuer": "https://i", "token_identifier": "https://i|user_1", "session_id": "sess_1",
                "email": "ada@example.com", "email_verified": true,
                "organization": {"id": "org_1", "slug": null, "role": "org:member", "permissions": []},
                "actor": {"sub": "user_admin"}, "claims": {"name": 7, "plan": {"seats": 3}}
            })
        );
    }
}
