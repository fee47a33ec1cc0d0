//! Clerk's user object.

use std::borrow::Cow;

use usher_contract::{ClerkUserId, Timestamp, UserCard};

use crate::raw_object::RawObject;

const PRIVATE_METADATA: &str = "private_metadata";

/// A Clerk user, as webhooks and the Backend API send it.
pub struct User<'a> {
    id: ClerkUserId,
    text: &'a str,
    object: RawObject<'a>,
}

/// The reason that a text is not a user object.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Not a JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// `id` is absent or not a string.
    #[error("has no id that is a string")]
    NoId,
    /// `id` is not the id of a user.
    #[error("has an id that is not the id of a Clerk user")]
    InvalidId,
}

impl<'a> User<'a> {
    /// Parses a user object. Every field except `id` may be missing, null or of an unknown type.
    ///
    /// # Errors
    /// The text is not a JSON object, or its `id` is not the id of a user.
    pub fn parse(text: &'a str) -> Result<Self, UserError> {
        let object: RawObject = serde_json::from_str(text).map_err(|_| UserError::NotAnObject)?;
        Ok(Self { id: user_id(&object)?, text, object })
    }

    /// Returns the id.
    pub fn id(&self) -> &ClerkUserId {
        &self.id
    }

    /// Returns the object, byte for byte as Clerk sent it.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns when the user was created.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.object.integer("created_at").map(Timestamp::from_millis)
    }

    /// Returns when the user last changed at Clerk.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.object.integer("updated_at").map(Timestamp::from_millis)
    }

    /// Returns whether the user is banned (`banned`). Clerk has then revoked the user's sessions and rejects every
    /// sign-in (Clerk's OpenAPI, `bapi` 2026-05-12, `BanUser`).
    pub fn is_banned(&self) -> bool {
        self.object.get("banned") == Some("true")
    }

    /// Returns whether the user may delete the account through Clerk's Frontend API (`delete_self_enabled`; Clerk's
    /// OpenAPI, `bapi` 2026-05-12, `User`). If the field is absent, Usher lets the user delete it.
    pub fn may_delete_self(&self) -> bool {
        self.object.get("delete_self_enabled") != Some("false")
    }

    /// Returns the object without the private metadata, which Clerk does not show to the frontend (Clerk's docs, "User
    /// metadata"). Private metadata of organization memberships and of their organizations is removed, too. A member of
    /// the same name inside public metadata stays, because a developer put it there.
    pub fn without_private_metadata(&self) -> String {
        self.object.rewritten(|name, value| match name {
            PRIVATE_METADATA => None,
            "organization_memberships" => Some(match serde_json::from_str::<Vec<RawObject>>(value) {
                Ok(memberships) => public_memberships(&memberships).into(),
                Err(_) => Cow::Borrowed("[]"),
            }),
            _ => Some(Cow::Borrowed(value)),
        })
    }

    /// Returns the public card.
    pub fn card(&self) -> UserCard {
        let names = ["first_name", "last_name"].map(|name| self.object.string(name));
        let name = names
            .iter()
            .flatten()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        UserCard {
            id: self.id.clone(),
            name: Some(name).filter(|name| !name.is_empty()),
            username: self.object.string("username"),
            image_url: self.object.string("image_url"),
        }
    }
}

fn public_memberships(memberships: &[RawObject]) -> String {
    let memberships: Vec<_> = memberships
        .iter()
        .map(|membership| {
            membership.rewritten(|name, value| match name {
                PRIVATE_METADATA => None,
                "organization" => Some(without_private_metadata(value)),
                _ => Some(Cow::Borrowed(value)),
            })
        })
        .collect();
    format!("[{}]", memberships.join(","))
}

fn without_private_metadata(text: &str) -> Cow<'_, str> {
    match serde_json::from_str::<RawObject>(text) {
        Ok(object) => object.rewritten(|name, value| (name != PRIVATE_METADATA).then_some(Cow::Borrowed(value))).into(),
        Err(_) => Cow::Borrowed("null"),
    }
}

/// Reads the `id` of a user object, or of the `data` of `user.deleted`.
pub(crate) fn user_id(object: &RawObject) -> Result<ClerkUserId, UserError> {
    let id = object.string("id").ok_or(UserError::NoId)?;
    ClerkUserId::parse(&id).map_err(|_| UserError::InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_is_required() {
        let user = User::parse(r#"{"id":"user_1"}"#).unwrap();
        assert_eq!(user.updated_at(), None);
        let id = ClerkUserId::parse("user_1").unwrap();
        assert_eq!(user.card(), UserCard { id, name: None, username: None, image_url: None });
        assert!(matches!(User::parse(r#"{"id":1}"#), Err(UserError::NoId)));
        assert!(matches!(User::parse("[]"), Err(UserError::NotAnObject)));
    }

    #[test]
    fn a_ban_and_the_right_to_delete_are_booleans() {
        let user = |text| User::parse(text).unwrap();
        let none = user(r#"{"id":"user_1","banned":"true","delete_self_enabled":"false"}"#);
        assert!(!none.is_banned() && none.may_delete_self());
        let both = user(r#"{"id":"user_1","banned":true,"delete_self_enabled":false}"#);
        assert!(both.is_banned() && !both.may_delete_self());
    }

    #[test]
    fn only_private_metadata_is_removed_at_every_level() {
        let user = User::parse(
            r#"{"id":"user_1","private\u005fmetadata":{"a":1},"n":1e400,"public_metadata":{"private_metadata":"mine"},
               "private_metadata":{"b":2},"organization_memberships":[{"id":"orgmem_1","private_metadata":{"c":3},
               "organization":{"id":"org_1","private_metadata":{"d":4},"n":0.10}}]}"#,
        )
        .unwrap();
        assert_eq!(
            user.without_private_metadata(),
            r#"{"id":"user_1","n":1e400,"public_metadata":{"private_metadata":"mine"},"organization_memberships":[{"id":"orgmem_1","organization":{"id":"org_1","n":0.10}}]}"#
        );
    }

    #[test]
    fn a_card_joins_the_names_that_are_set() {
        let card = |text| User::parse(text).unwrap().card().name;
        assert_eq!(
            card(r#"{"id":"user_1","first_name":"Ada","last_name":"Lovelace"}"#).as_deref(),
            Some("Ada Lovelace")
        );
        assert_eq!(card(r#"{"id":"user_1","first_name":null,"last_name":"Lovelace"}"#).as_deref(), Some("Lovelace"));
        assert_eq!(card(r#"{"id":"user_1","first_name":" ","last_name":7}"#), None);
    }

    #[test]
    fn an_object_of_any_depth_is_read() {
        let depth = 100_000;
        let text = format!(
            r#"{{"id":"user_1","updated_at":1.7e12,"public_metadata":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let user = User::parse(&text).unwrap();
        assert_eq!(user.updated_at(), Some(Timestamp::from_millis(1_700_000_000_000)));
        assert_eq!(user.without_private_metadata(), text);
    }
}
