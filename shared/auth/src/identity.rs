//! The identity that a verified token proves.

use serde_json::{Map, Value};
use usher_contract::{ClerkUserId, Identity, Profile};

use crate::organization::organization;

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

/// The caller that a verified token proves.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedCaller {
    /// What the token says, as the caller may see it.
    pub identity: Identity,
    /// Minutes since the first and the second factor were verified (`fva`). -1 means never. Callers do not see this
    /// field, because it differs from token to token.
    pub factor_ages: Option<[i64; 2]>,
}

impl VerifiedCaller {
    pub(crate) fn from_claims(subject: ClerkUserId, issuer: String, mut claims: Map<String, Value>) -> Self {
        let organization = organization(&claims);
        let session_id = claims.get("sid").and_then(Value::as_str).map(str::to_owned);
        let factor_ages = claims.remove("fva").and_then(|ages| serde_json::from_value(ages).ok());
        // An actor of any type counts, because a session with an actor is not the user's own.
        let actor = claims.remove("act").filter(|actor| !actor.is_null());
        claims.retain(|name, _| !CONSUMED.contains(&name.as_str()));
        let identity = Identity {
            token_identifier: format!("{issuer}|{subject}"),
            subject,
            issuer,
            session_id,
            profile: take_profile(&mut claims),
            organization,
            actor,
            claims,
        };
        Self { identity, factor_ages }
    }
}

/// Takes the standard claims. A claim whose type differs from the standard counts as absent and stays in `claims`.
fn take_profile(claims: &mut Map<String, Value>) -> Profile {
    let mut text = |name: &str| match claims.get(name) {
        Some(Value::String(_)) => claims.remove(name).and_then(|v| v.as_str().map(str::to_owned)),
        _ => None,
    };
    let mut profile = Profile {
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
        ..Profile::default()
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
        let caller = VerifiedCaller::from_claims(ClerkUserId::parse("user_1").unwrap(), "https://i".into(), claims);
        assert_eq!(
            serde_json::to_value(caller.identity).unwrap(),
            json!({
                "subject": "user_1", "issuer": "https://i", "token_identifier": "https://i|user_1", "session_id": "sess_1",
                "email": "ada@example.com", "email_verified": true,
                "organization": {"id": "org_1", "slug": null, "role": "org:member", "permissions": []},
                "actor": {"sub": "user_admin"}, "claims": {"name": 7, "plan": {"seats": 3}}
            })
        );
    }

    #[test]
    fn each_standard_claim_is_a_field_of_the_profile() {
        let texts = [
            "name",
            "given_name",
            "family_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "email",
            "phone_number",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
        ];
        let texts = texts.map(|name| (name.to_owned(), json!(name)));
        let flags = ["email_verified", "phone_number_verified"].map(|name| (name.to_owned(), json!(false)));
        let claims: Map<_, _> = texts.into_iter().chain(flags).collect();
        let mut rest = claims.clone();
        assert_eq!(serde_json::to_value(take_profile(&mut rest)).unwrap(), Value::Object(claims));
        assert!(rest.is_empty());
    }
}
