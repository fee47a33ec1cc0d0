//! The state that requests change.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::{
    data_file::{SavedIdentity, SavedInstance},
    frontend::clients::Clients,
    sessions::session::{Session, SessionEnd},
    sign_in_tokens::sign_in_token::SignInToken,
    users::{directory::Directory, user::User},
    webhooks::message::Message,
};

/// The way in which the instance treats its webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookDelivery {
    /// Sends them at once.
    #[default]
    Send,
    /// Keeps them until [`WebhookDelivery::Send`] is set. Requests are answered without waiting.
    Hold,
    /// Discards them, and those that are held. Requests are answered without waiting.
    Drop,
}

#[derive(Default)]
pub(crate) struct Instance {
    pub(crate) users: Directory,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) sign_in_tokens: HashMap<String, SignInToken>,
    pub(crate) clients: Clients,
    pub(crate) webhook_delivery: WebhookDelivery,
    pub(crate) held: Vec<Message>,
    /// Published instead of the real key set.
    pub(crate) jwks_override: Option<Value>,
    /// Returned instead of the user objects of these ids.
    pub(crate) user_overrides: HashMap<String, Value>,
}

impl Instance {
    pub(crate) fn from_saved(saved: SavedInstance) -> Self {
        let SavedInstance { users, sessions, sign_in_tokens, clients, .. } = saved;
        let mut instance = Self { clients, ..Self::default() };
        users.into_iter().for_each(|user| instance.users.put(user));
        instance.sessions = sessions.into_iter().map(|session| (session.id.clone(), session)).collect();
        instance.sign_in_tokens = sign_in_tokens.into_iter().map(|token| (token.id.clone(), token)).collect();
        instance
    }

    pub(crate) fn to_saved(&self, identity: SavedIdentity) -> SavedInstance {
        let users = self.users.list().into_iter().cloned().collect();
        let (sessions, tokens) = (self.sessions.values().cloned(), self.sign_in_tokens.values().cloned());
        SavedInstance::new(identity, users, sessions.collect(), tokens.collect(), self.clients.clone())
    }

    /// Also removes the user's sessions and sign-in tokens, so that no more tokens can be minted for them.
    pub(crate) fn remove_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        self.sessions.retain(|_, session| session.user_id != id);
        self.sign_in_tokens.retain(|_, token| token.user_id != id);
        Some(user)
    }

    /// Revokes all sessions of a user, and returns the ids of those that were active.
    pub(crate) fn revoke_sessions(&mut self, user_id: &str) -> Vec<String> {
        let sessions = self.sessions.values_mut().filter(|session| session.user_id == user_id && session.is_active());
        sessions
            .map(|session| {
                session.end(SessionEnd::Revoked);
                session.id.clone()
            })
            .collect()
    }

    /// Returns the session object of an event, which has the user too (Clerk's OpenAPI, `webhooks` 2025-04-15,
    /// `SessionEventPayload`).
    pub(crate) fn session_event_object(&self, session: &Session, instance_id: &str) -> Value {
        let mut object = session.object();
        let user = self.users.get(&session.user_id);
        object["user"] = user.map_or(Value::Null, |user| self.user_object(user, instance_id));
        object
    }

    /// Returns the user object, or what [`Clerk::override_user`](crate::Clerk::override_user) put in its place.
    pub(crate) fn user_object(&self, user: &User, instance_id: &str) -> Value {
        self.user_overrides.get(&user.id).cloned().unwrap_or_else(|| user.object(instance_id))
    }
}
