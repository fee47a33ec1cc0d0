//! What the owner of an instance, a test, may do to it behind the back of the API.

use std::time::Duration;

use serde_json::Value;

use super::fault::InjectedFault;
use super::keys::InstanceKey;
use super::user::User;
use super::{Clerk, ClerkError, Signing, ids};

/// How long before now the first of [`Clerk::add_users`] are created, in milliseconds: room for those who come later.
const AGE_MS: i64 = 60 * 60 * 1000;

/// What becomes of webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WebhookDelivery {
    /// They are delivered.
    #[default]
    Send,
    /// They wait for [`WebhookDelivery::Send`]; changes are answered at once.
    Hold,
    /// They are lost, and so are those that wait; changes are answered at once.
    Drop,
}

/// A webhook that waits.
pub(super) struct HeldWebhook {
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
}

impl Clerk {
    /// How many requests came for exactly this path, whatever their query, however they were answered.
    pub fn count_requests(&self, method: &str, path: &str) -> usize {
        self.inner.traffic.requests(method, |requested| requested == path)
    }

    /// The same for all paths that begin so.
    pub fn count_requests_under(&self, method: &str, prefix: &str) -> usize {
        self.inner.traffic.requests(method, |requested| requested.starts_with(prefix))
    }

    /// Makes requests for paths that begin so meet a fault, with the right secret key or without, until
    /// [`Clerk::clear_faults`]. Of several that match, the one set last counts.
    pub fn inject_fault(&self, method: &str, path_prefix: &str, fault: InjectedFault) {
        self.inner.traffic.add(method, path_prefix, fault, None);
    }

    /// The same for the next `times` of them.
    pub fn inject_fault_times(&self, method: &str, path_prefix: &str, fault: InjectedFault, times: usize) {
        self.inner.traffic.add(method, path_prefix, fault, Some(times));
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        self.inner.traffic.recover();
    }

    /// Limits the rate of all of `/v1/` together, as Clerk does: what is more in a fixed window is answered 429, with
    /// `Retry-After` in whole seconds, at least one. What a fault answers does not count.
    pub fn limit_rate(&self, requests: usize, per: Duration) {
        self.inner.traffic.limit(requests, per);
    }

    /// How many requests were refused by that limit.
    pub fn count_rate_limited(&self) -> usize {
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
    pub fn override_jwks(&self, keys: Option<Value>) {
        self.instance().published = keys;
    }

    /// Adds plain users without a webhook, created one in each millisecond; their ids, the oldest first. None is created in
    /// the future; where the time since the youngest of those before has room for them, they are younger than those.
    pub fn add_users(&self, count: usize) -> Vec<String> {
        let mut instance = self.instance();
        let latest = ids::now_ms().saturating_sub_unsigned(count as u64).saturating_add(1);
        let younger = instance.users.youngest().map_or(i64::MIN, |youngest| youngest.saturating_add(1));
        let first = latest.saturating_sub(AGE_MS).max(younger).min(latest);
        let users = (first..).take(count).map(User::plain);
        let add = |user: User| {
            let id = user.id.clone();
            instance.users.put(user);
            id
        };
        users.map(add).collect()
    }

    /// The same for users of one millisecond, as an import makes them.
    pub fn add_users_created_at(&self, created_at: i64, count: usize) -> Vec<String> {
        let mut instance = self.instance();
        let users = std::iter::repeat_with(|| User::plain(created_at)).take(count);
        let add = |user: User| {
            let id = user.id.clone();
            instance.users.put(user);
            id
        };
        users.map(add).collect()
    }

    /// Sends this from now on in place of a user, one by one and in lists; its place in a list stays.
    pub fn override_user(&self, id: &str, object: Value) {
        self.instance().spoiled.insert(id.to_owned(), object);
    }

    /// Deletes a user and its sessions without a webhook; `false` where there is none.
    pub fn remove_user(&self, id: &str) -> bool {
        self.instance().remove_user(id).is_some()
    }

    /// Changes the first name of a user without a webhook; `false` where there is none.
    pub fn touch_user(&self, id: &str) -> bool {
        let mut instance = self.instance();
        let Some(user) = instance.users.get(id).cloned() else { return false };
        let user = user.touched();
        let first_name = Some(format!("Changed {}", user.updated_at));
        instance.users.put(User { first_name, ..user });
        true
    }

    /// A user as the API sends it.
    pub fn user_object(&self, id: &str) -> Option<Value> {
        self.instance().users.get(id).map(|user| user.object(self.instance_id()))
    }

    /// Says what becomes of webhooks from now on. With [`WebhookDelivery::Send`], those that waited are delivered one after the
    /// other in the order of their changes, which needs a Tokio runtime.
    pub fn set_webhook_delivery(&self, delivery: WebhookDelivery) {
        let mut instance = self.instance();
        instance.delivery = delivery;
        match delivery {
            WebhookDelivery::Send => self.inner.webhooks.send_in_order(std::mem::take(&mut instance.held)),
            WebhookDelivery::Hold => {}
            WebhookDelivery::Drop => instance.held.clear(),
        }
    }

    /// Signs every attempt of a delivery from now on with this secret alone, where Svix signs with the old one too for 24 h.
    ///
    /// # Errors
    /// When the secret is not `whsec_` and base64; the old one then stays.
    pub fn rotate_webhook_secret(&self, secret: &str) -> Result<(), ClerkError> {
        self.inner.webhooks.signer().rotate(secret)
    }
}
