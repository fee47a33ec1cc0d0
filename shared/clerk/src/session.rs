//! Clerk's session object, as the events of a session carry it.

use usher_contract::{ClerkSessionId, ClerkUserId};

use crate::raw_object::RawObject;

/// A session and its user. Clerk requires both ids of every session object (Clerk's OpenAPI, `webhooks` 2025-04-15,
/// `SessionEventPayload`).
pub(crate) struct Session {
    pub(crate) id: ClerkSessionId,
    pub(crate) user_id: ClerkUserId,
}

/// The reason that a text is not a session object.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Not a JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// `id` is absent or not a string.
    #[error("has no id that is a string")]
    NoId,
    /// `id` is not the id of a session.
    #[error("has an id that is not the id of a Clerk session")]
    InvalidId,
    /// `user_id` is absent or not a string.
    #[error("has no user_id that is a string")]
    NoUserId,
    /// `user_id` is not the id of a user.
    #[error("has a user_id that is not the id of a Clerk user")]
    InvalidUserId,
}

impl Session {
    /// Parses a session object. Every field except `id` and `user_id` may be missing, null or of an unknown type.
    pub(crate) fn parse(text: &str) -> Result<Self, SessionError> {
        let object: RawObject = serde_json::from_str(text).map_err(|_| SessionError::NotAnObject)?;
        let id = object.string("id").ok_or(SessionError::NoId)?;
        let user_id = object.string("user_id").ok_or(SessionError::NoUserId)?;
        Ok(Self {
            id: ClerkSessionId::parse(&id).map_err(|_| SessionError::InvalidId)?,
            user_id: ClerkUserId::parse(&user_id).map_err(|_| SessionError::InvalidUserId)?,
        })
    }
}
