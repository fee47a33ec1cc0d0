//! The user object.

use std::borrow::Cow;

use serde::Serialize;

use crate::{object::Object, user_id::ClerkUserId};

const PRIVATE_METADATA: &str = "private_metadata";

/// A Clerk user, as the webhooks and the Backend API send it.
pub struct User<'a> {
    id: ClerkUserId,
    text: &'a str,
    object: Object<'a>,
}

/// What any signed-in caller may see of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// `user_…`
    pub id: String,
    /// First and last name, as far as they are set.
    pub name: Option<String>,
    /// The username, where the instance uses them.
    pub username: Option<String>,
    /// Address of the profile image.
    pub image_url: Option<String>,
}

/// A text that is no user object.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Not a JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// `id` is absent or no string.
    #[error("has no id that is a string")]
    NoId,
    /// `id` is not that of a user.
    #[error("has an id that is not that of a Clerk user")]
    InvalidId,
}

impl<'a> User<'a> {
    /// Reads a user object; everything but `id` may be missing, null or of a type unknown today.
    ///
    /// # Errors
    /// The text is no JSON object, or its `id` is not that of a user.
    pub fn parse(text: &'a str) -> Result<Self, UserError> {
        let object: Object = serde_json::from_str(text).map_err(|_| UserError::NotAnObject)?;
        Ok(Self { id: user_id(&object)?, text, object })
    }

    /// The id.
    pub fn id(&self) -> &ClerkUserId {
        &self.id
    }

    /// The object exactly as it was sent.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// When the user was created, in milliseconds.
    pub fn created_at(&self) -> Option<i64> {
        self.object.integer("created_at")
    }

    /// When Clerk last changed the user, in milliseconds.
    pub fn updated_at(&self) -> Option<i64> {
        self.object.integer("updated_at")
    }

    /// Whether Clerk has banned the user (`banned`): the user's sessions are revoked, and no sign-in succeeds.
    pub fn is_banned(&self) -> bool {
        self.object.get("banned") == Some("true")
    }

    /// Whether the user may delete the account (`delete_self_enabled`, a setting of the instance or of the user). Absent
    /// means yes.
    pub fn may_delete_self(&self) -> bool {
        self.object.get("delete_self_enabled") != Some("false")
    }

    /// The object for the user's own eyes: as sent, less what Clerk keeps from the frontend. Memberships carry private
    /// metadata of their own and of the organization; what a developer named so inside public metadata stays.
    pub fn without_private_metadata(&self) -> String {
        self.object.rewritten(|name, value| match name {
            PRIVATE_METADATA => None,
            "organization_memberships" => Some(match serde_json::from_str::<Vec<Object>>(value) {
                Ok(memberships) => public_memberships(&memberships).into(),
                Err(_) => Cow::Borrowed("[]"),
            }),
            _ => Some(Cow::Borrowed(value)),
        })
    }

    /// The public card.
    pub fn card(&self) -> Card {
        let names = ["first_name", "last_name"].map(|name| self.object.string(name));
        let name = names
            .iter()
            .flatten()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        Card {
            id: self.id.to_string(),
            name: Some(name).filter(|name| !name.is_empty()),
            username: self.object.string("username"),
            image_url: self.object.string("image_url"),
        }
    }
}

fn public_memberships(memberships: &[Object]) -> String {
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
    match serde_json::from_str::<Object>(text) {
        Ok(object) => object.rewritten(|name, value| (name != PRIVATE_METADATA).then_some(Cow::Borrowed(value))).into(),
        Err(_) => Cow::Borrowed("null"),
    }
}

/// Reads the `id` of a user object, or of the little that `user.deleted` says of one.
pub(crate) fn user_id(object: &Object) -> Result<ClerkUserId, UserError> {
    let id = object.string("id").ok_or(UserError::NoId)?;
    ClerkUserId::parse(&id).map_err(|_| UserError::InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_is_needed() {
        let user = User::parse(r#"{"id":"user_1"}"#).unwrap();
        assert_eq!(user.updated_at(), None);
        assert_eq!(user.card(), Card { id: "user_1".into(), name: None, username: None, image_url: None });
        assert!(matches!(User::parse(r#"{"id":1}"#), Err(UserError::NoId)));
        assert!(matches!(User::parse("[]"), Err(UserError::NotAnObject)));
    }

    #[test]
    fn a_ban_and_the_right_to_leave_are_booleans() {
        let user = |text| User::parse(text).unwrap();
        let none = user(r#"{"id":"user_1","banned":"true","delete_self_enabled":"false"}"#);
        assert!(!none.is_banned() && none.may_delete_self());
        let both = user(r#"{"id":"user_1","banned":true,"delete_self_enabled":false}"#);
        assert!(both.is_banned() && !both.may_delete_self());
    }

    #[test]
    fn private_metadata_goes_at_every_level_clerk_puts_it_and_nothing_else_changes() {
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
    fn nesting_of_any_depth_is_read() {
        let depth = 100_000;
        let text = format!(
            r#"{{"id":"user_1","updated_at":1.7e12,"public_metadata":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let user = User::parse(&text).unwrap();
        assert_eq!(user.updated_at(), Some(1_700_000_000_000));
        assert_eq!(user.without_private_metadata(), text);
    }
}
