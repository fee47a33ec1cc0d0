//! What the owner of an instance, a test, may do to it behind the back of the API.

use std::time::Duration;

use serde_json::Value;

use super::fault::Fault;
use super::keys::InstanceKey;
use super::user::User;
use super::webhooks::FirstAttempt;
use super::{Clerk, ClerkError, Signing, ids};

/// What becomes of webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// They are delivered.
    #[default]
    Prompt,
    /// They wait; changes are answered at once.
    Hold,
    /// They are lost; changes are answered at once.
    Lose,
}

/// A webhook that waits.
pub(super) struct Held {
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
}

impl Clerk {
    /// How many requests came for this path, however they were answered.
    pub fn requests(&self, method: &str, path: &str) -> usize {
        self.inner.traffic.requests(method, |requested| requested == path)
    }

    /// The same for all paths that begin so.
    pub fn requests_under(&self, method: &str, prefix: &str) -> usize {
        self.inner.traffic.requests(method, |requested| requested.starts_with(prefix))
    }

    /// Makes requests for paths that begin so meet a fault, until [`Clerk::recover`]. Of several the last counts.
    pub fn fail(&self, method: &str, path_prefix: &str, fault: Fault) {
        self.inner.traffic.add(method, path_prefix, fault, None);
    }

    /// The same for the next `times` of them.
    pub fn fail_times(&self, method: &str, path_prefix: &str, fault: Fault, times: usize) {
        self.inner.traffic.add(method, path_prefix, fault, Some(times));
    }

    /// Ends every fault.
    pub fn recover(&self) {
        self.inner.traffic.recover();
    }

    /// Limits the rate of the Backend API, as Clerk does: 429 with `Retry-After` for what is more in a window.
    pub fn limit_rate(&self, requests: usize, per: Duration) {
        self.inner.traffic.limit(requests, per);
    }

    /// How many requests were refused by that limit.
    pub fn rate_limited(&self) -> usize {
        self.inner.traffic.limited()
    }

    /// Signs with a new key from now on, under the name of the old one: Clerk does not say that a rotation changes it.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub fn rotate_key(&self) -> Result<(), ClerkError> {
        self.rotate_key_to(&self.key_id())
    }

    /// The same under another name.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub fn rotate_key_to(&self, kid: &str) -> Result<(), ClerkError> {
        let key = InstanceKey::generate(kid).map_err(|_| ClerkError::Key)?;
        self.set_signing(Signing { kid: kid.to_owned(), key });
        Ok(())
    }

    /// The true key set.
    pub fn jwks(&self) -> Value {
        self.signing().key.jwks.clone()
    }

    /// Publishes this in place of the true key set.
    pub fn publish_keys(&self, keys: Option<Value>) {
        self.instance().published = keys;
    }

    /// Users who are there without a webhook, one for each millisecond up to now; their ids, the oldest first. They are
    /// younger than those who were added before.
    pub fn add_users(&self, count: usize) -> Vec<String> {
        let mut instance = self.instance();
        let youngest = instance.users.by_age().next_back().map_or(0, |user| user.created_at);
        let first = (ids::now_ms() - i64::try_from(count).unwrap_or(i64::MAX)).max(youngest + 1);
        let users = (first..).take(count).map(User::plain);
        users
            .map(|user| {
                let id = user.id.clone();
                instance.users.put(user);
                id
            })
            .collect()
    }

    /// Deletes a user without a webhook; `false` where there is none.
    pub fn remove_user(&self, id: &str) -> bool {
        self.instance().users.remove(id).is_some()
    }

    /// Changes a user without a webhook; `false` where there is none.
    pub fn touch_user(&self, id: &str) -> bool {
        let mut instance = self.instance();
        let Some(user) = instance.users.get(id).cloned() else { return false };
        instance.users.put(User { first_name: Some("Changed".to_owned()), ..user }.touched());
        true
    }

    /// A user as the API sends it.
    pub fn user_object(&self, id: &str) -> Option<Value> {
        self.instance().users.get(id).map(|user| user.object(self.instance_id()))
    }

    /// Says what becomes of webhooks; those that waited are delivered with [`Delivery::Prompt`], in their order.
    pub fn set_delivery(&self, delivery: Delivery) {
        let mut instance = self.instance();
        instance.delivery = delivery;
        if delivery == Delivery::Prompt {
            for Held { kind, body } in instance.held.drain(..) {
                // Nobody waits for these.
                drop::<FirstAttempt>(self.inner.webhooks.send(&kind, body));
            }
        }
    }
}
