//! Controls of an instance for a test, beside the API.

use std::time::Duration;

use serde_json::Value;

use crate::{
    changes::Change,
    clerk::Clerk,
    error::ClerkError,
    http::injected_fault::InjectedFault,
    ids,
    instance::{Instance, WebhookDelivery},
    keys::InstanceKey,
    users::user::User,
    webhooks::{
        FirstAttempt,
        message::{Message, MessageState},
    },
};

/// The greatest age of the oldest user that [`Clerk::add_users`] adds, in milliseconds. It leaves room for younger
/// ones.
const AGE_MS: i64 = 60 * 60 * 1000;

impl Clerk {
    /// Returns the number of requests for exactly this path, with any query and any response.
    pub fn count_requests(&self, method: &str, path: &str) -> usize {
        self.interceptor().count_requests(method, |requested| requested == path)
    }

    /// Returns the number of requests for all paths that begin with `prefix`.
    pub fn count_requests_under(&self, method: &str, prefix: &str) -> usize {
        self.interceptor().count_requests(method, |requested| requested.starts_with(prefix))
    }

    /// Injects a fault into every request for a path that begins with `path_prefix`, until [`Clerk::clear_faults`]. The
    /// secret key is not checked first. If several faults match, the last one set applies.
    pub fn inject_fault(&self, method: &str, path_prefix: &str, fault: InjectedFault) {
        self.interceptor().add_fault(Some(method), path_prefix, fault, None);
    }

    /// As [`Clerk::inject_fault`], but for the next `times` matching requests only.
    pub fn inject_fault_times(&self, method: &str, path_prefix: &str, fault: InjectedFault, times: usize) {
        self.interceptor().add_fault(Some(method), path_prefix, fault, Some(times));
    }

    /// Removes every injected fault.
    pub fn clear_faults(&self) {
        self.interceptor().clear_faults();
    }

    /// Allows this number of requests of the Backend API (`/v1/`) in each fixed window of length `per`. Further
    /// requests get 429 with `Retry-After` in whole seconds, at least 1. Requests that an injected fault answers do not
    /// count.
    pub fn limit_rate(&self, requests: usize, per: Duration) {
        self.interceptor().limit_rate(requests, per);
    }

    /// Removes the rate limit.
    pub fn lift_rate_limit(&self) {
        self.interceptor().lift_rate_limit();
    }

    /// Returns the number of requests that the rate limit refused.
    pub fn count_rate_limited(&self) -> usize {
        self.interceptor().count_rate_limited()
    }

    /// Signs with a new key from now on. The `kid` stays the same, because Clerk does not document that a rotation
    /// changes it.
    ///
    /// # Errors
    /// Returns an error if the key could not be generated.
    pub fn rotate_key(&self) -> Result<(), ClerkError> {
        self.rotate_key_to(&self.key_id())
    }

    /// As [`Clerk::rotate_key`], but with this `kid`.
    ///
    /// # Errors
    /// Returns an error if the key could not be generated.
    pub fn rotate_key_to(&self, kid: &str) -> Result<(), ClerkError> {
        self.set_key(InstanceKey::generate(kid).map_err(|_| ClerkError::Key)?);
        Ok(())
    }

    /// Publishes `keys` instead of the real key set. `None` publishes the real one again.
    pub fn override_jwks(&self, keys: Option<Value>) {
        self.instance().jwks_override = keys;
    }

    /// Adds users with a name and an e-mail address, without webhooks, and returns their ids, oldest first. They are
    /// created one millisecond apart and not in the future. They are younger than all earlier users if enough
    /// milliseconds have passed since the youngest of those was created.
    pub fn add_users(&self, count: usize) -> Vec<String> {
        let mut instance = self.instance();
        let latest = ids::now_ms().saturating_sub_unsigned(count as u64).saturating_add(1);
        let younger = instance.users.youngest().map_or(i64::MIN, |youngest| youngest.saturating_add(1));
        let first = latest.saturating_sub(AGE_MS).max(younger).min(latest);
        let users = (first..).take(count).map(User::plain).collect();
        self.add(&mut instance, users)
    }

    /// As [`Clerk::add_users`], but all users are created in the same millisecond, as by an import. `created_at` is in
    /// milliseconds since the epoch.
    pub fn add_users_created_at(&self, created_at: i64, count: usize) -> Vec<String> {
        let mut instance = self.instance();
        let users = std::iter::repeat_with(|| User::plain(created_at)).take(count).collect();
        self.add(&mut instance, users)
    }

    fn add(&self, instance: &mut Instance, users: Vec<User>) -> Vec<String> {
        let ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
        users.into_iter().for_each(|user| instance.users.put(user));
        self.save(instance);
        ids.iter().for_each(|id| self.changes().announce(Change::User(id.clone())));
        ids
    }

    /// Returns `object` instead of the user from now on, in single reads and in lists. The user keeps its place in
    /// lists.
    pub fn override_user(&self, id: &str, object: Value) {
        self.instance().user_overrides.insert(id.to_owned(), object);
    }

    /// Deletes a user and its sessions without a webhook. Returns `false` if there is no such user.
    pub fn remove_user(&self, id: &str) -> bool {
        let mut instance = self.instance();
        let removed = instance.remove_user(id).is_some();
        self.save(&instance);
        self.changes().announce(Change::User(id.to_owned()));
        removed
    }

    /// Changes the first name of a user without a webhook. Returns `false` if there is no such user.
    pub fn touch_user(&self, id: &str) -> bool {
        let mut instance = self.instance();
        let Some(user) = instance.users.get(id).cloned() else { return false };
        let user = user.touched();
        let first_name = Some(format!("Changed {}", user.updated_at));
        instance.users.put(User { first_name, ..user });
        self.save(&instance);
        self.changes().announce(Change::User(id.to_owned()));
        true
    }

    /// Returns the real user object, even if [`Clerk::override_user`] replaces it.
    pub fn user_object(&self, id: &str) -> Option<Value> {
        self.instance().users.get(id).map(|user| user.object(self.instance_id()))
    }

    /// Sends an event to all who follow `GET /control/events`. A program that runs the emulator beside other things can
    /// show their changes in the console with it.
    pub fn publish(&self, name: &'static str, data: Value) {
        self.changes().announce_event(name, || data);
    }

    /// Sets what happens to webhooks from now on. [`WebhookDelivery::Send`] also delivers the held webhooks, one after
    /// the other in the order of their changes. Requires a Tokio runtime.
    pub fn set_webhook_delivery(&self, delivery: WebhookDelivery) {
        self.start_webhook_delivery(delivery);
    }

    /// As [`Clerk::set_webhook_delivery`]. Returns what completes when the first attempts of all held webhooks have
    /// ended.
    pub(crate) fn start_webhook_delivery(&self, delivery: WebhookDelivery) -> FirstAttempt {
        let mut instance = self.instance();
        instance.webhook_delivery = delivery;
        self.changes().announce(Change::State);
        match delivery {
            WebhookDelivery::Send => return self.webhooks().send_in_order(std::mem::take(&mut instance.held)),
            WebhookDelivery::Hold => {}
            WebhookDelivery::Drop => {
                for message in instance.held.drain(..) {
                    self.webhooks().journal().set_state(&message.id, MessageState::Dropped);
                }
            }
        }
        FirstAttempt::none()
    }

    /// Returns a message, and takes it out of those that are held.
    pub(crate) fn take_message(&self, id: &str) -> Option<Message> {
        self.take_held_message(id).or_else(|| self.webhooks().journal().message(id))
    }

    fn take_held_message(&self, id: &str) -> Option<Message> {
        let mut instance = self.instance();
        let position = instance.held.iter().position(|held| held.id == id)?;
        self.changes().announce(Change::State);
        Some(instance.held.remove(position))
    }

    /// Discards a message that is held. Returns `false` if it is not held.
    pub(crate) fn drop_held_message(&self, id: &str) -> bool {
        let is_held = self.take_held_message(id).is_some();
        if is_held {
            self.webhooks().journal().set_state(id, MessageState::Dropped);
        }
        is_held
    }

    /// Signs every delivery attempt with this secret from now on. Svix would also sign with the old one for 24 h
    /// (`svix` 2.9.1, `src/api/endpoint.rs`). The data file keeps the first secret.
    ///
    /// # Errors
    /// Returns an error if the secret is not `whsec_` followed by base64. The old secret then stays in use.
    pub fn rotate_webhook_secret(&self, secret: &str) -> Result<(), ClerkError> {
        self.webhooks().endpoint().signer().rotate(secret)
    }
}
