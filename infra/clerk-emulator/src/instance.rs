//! The state that requests change.

use std::collections::HashMap;

use serde_json::Value;

use crate::{directory::Directory, session::Session, user::User, webhooks::HeldWebhook};

/// What the instance does with its webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    pub(crate) webhook_delivery: WebhookDelivery,
    pub(crate) held: Vec<HeldWebhook>,
    /// Published instead of the real key set.
    pub(crate) jwks_override: Option<Value>,
    /// Returned instead of the user objects of these ids.
    pub(crate) user_overrides: HashMap<String, Value>,
}

impl Instance {
    /// Also removes the user's sessions, so that no more tokens can be minted for them.
    pub(crate) fn remove_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        self.sessions.retain(|_, session| session.user_id != id);
        Some(user)
    }

    /// Returns the user object, or what [`Clerk::override_user`](crate::Clerk::override_user) put in its place.
    pub(crate) fn user_object(&self, user: &User, instance_id: &str) -> Value {
        self.user_overrides.get(&user.id).cloned().unwrap_or_else(|| user.object(instance_id))
    }
}
