//! A Clerk emulator: the key set, the Backend API for users and sessions, and webhooks.
//!
//! `cargo dev` and the end-to-end tests use it as the issuer. It keeps everything in memory, and nothing of a password.
//! Its owner can make it slow, wrong or down, limit its rate, rotate its key and its webhook secret, hold or lose its
//! webhooks, and count what it was asked; all of that is off to begin with.
//! Where it refuses what Clerk takes (most filters of `GET /v1/users`, wallets, organizations), it does so by name, as an
//! unknown parameter. Sessions do not expire.
//!
//! | route | key |
//! | --- | --- |
//! | `GET /.well-known/jwks.json`, `GET /.well-known/openid-configuration` | none |
//! | `GET /v1/jwks` | secret |
//! | `GET`, `POST /v1/users`, `GET /v1/users/count` | secret |
//! | `GET`, `PATCH`, `DELETE /v1/users/{id}`, `PATCH`, `PUT /v1/users/{id}/metadata` | secret |
//! | `POST /v1/sessions`, `GET /v1/sessions/{id}`, `POST /v1/sessions/{id}/revoke` | secret |
//! | `POST /v1/sessions/{id}/tokens`, `POST /v1/sessions/{id}/tokens/{template}` | secret |
//!
//! `GET /v1/users` and its count take `user_id`, repeated, at most 100 of them; a minus sign before one excludes that user.
//!
//! Every change delivers a webhook, with retries as Svix makes them. **A request of the Backend API answers when the
//! first attempt of its webhook has ended, well or badly, at most 15 s later**, so that lines pasted one after the other
//! find what the line before them made. At Clerk the webhook comes some time after the answer. Retries go on in the
//! background; once the schedule is used up the message is logged and dropped.

mod api_error;
mod contact;
mod control;
mod directory;
mod error;
mod fault;
mod ids;
mod keys;
mod options;
mod params;
mod query;
mod routes;
mod sessions;
mod signer;
#[cfg(test)]
mod tests;
mod tokens;
mod user;
mod user_object;
mod users;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::Router;
use axum::http::StatusCode;
use serde_json::Value;

use self::control::HeldWebhook;
pub use self::control::WebhookDelivery;
use self::directory::Directory;
pub use self::error::ClerkError;
pub use self::fault::InjectedFault;
use self::fault::Interceptor;
use self::keys::InstanceKey;
pub use self::options::Options;
use self::sessions::Session;
use self::user::User;
use self::webhooks::{ATTEMPT_TIMEOUT, FirstAttempt, HttpRequest, Webhooks};

/// A Clerk instance. Clones share it.
#[derive(Clone)]
pub struct Clerk {
    inner: Arc<Inner>,
}

struct Inner {
    issuer: String,
    instance_id: String,
    secret_key: String,
    signing: RwLock<Arc<Signing>>,
    webhooks: Arc<Webhooks>,
    instance: Mutex<Instance>,
    traffic: Interceptor,
}

/// The instance key, and the name it is published under.
struct Signing {
    kid: String,
    key: InstanceKey,
}

/// What the Backend API changes.
#[derive(Default)]
struct Instance {
    users: Directory,
    sessions: HashMap<String, Session>,
    delivery: WebhookDelivery,
    held: Vec<HeldWebhook>,
    /// In place of the true key set.
    published: Option<Value>,
    /// By id, what is sent in place of a user.
    spoiled: HashMap<String, Value>,
}

impl Instance {
    /// Takes the user's sessions along: their tokens can no longer be minted.
    fn remove_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        self.sessions.retain(|_, session| session.user_id != id);
        Some(user)
    }

    /// A user as requests are answered.
    fn sent(&self, user: &User, instance_id: &str) -> Value {
        self.spoiled.get(&user.id).cloned().unwrap_or_else(|| user.object(instance_id))
    }
}

impl Clerk {
    /// A fresh instance: a new id, a new RSA-2048 key, no users.
    ///
    /// # Errors
    /// When the webhook URL or secret is malformed, or the key or the HTTP client cannot be made.
    pub fn new(options: Options) -> Result<Self, ClerkError> {
        let webhook_secret = options.first_webhook_secret();
        let secret_key = options.backend_secret_key();
        let webhooks = Webhooks::new(&options.webhook_url, &webhook_secret, options.retry_delays, ATTEMPT_TIMEOUT)?;
        let instance_id = ids::id("ins");
        let key = InstanceKey::generate(&instance_id).map_err(|_| ClerkError::Key)?;
        let inner = Inner {
            issuer: options.issuer.trim_end_matches('/').to_owned(),
            signing: RwLock::new(Arc::new(Signing { kid: instance_id.clone(), key })),
            instance_id,
            secret_key,
            webhooks,
            instance: Mutex::default(),
            traffic: Interceptor::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Every route. Needs a Tokio runtime, in which the deliveries run.
    pub fn router(&self) -> Router {
        routes::router(self)
    }

    /// The `iss` of every token, without a trailing slash.
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// The secret that webhooks are signed with now, `whsec_…`.
    pub fn webhook_secret(&self) -> &str {
        self.inner.webhooks.signer().secret()
    }

    /// The key that the Backend API demands, `sk_…`.
    pub fn secret_key(&self) -> &str {
        &self.inner.secret_key
    }

    /// The `instance_id` of every event, `ins_…`.
    pub fn instance_id(&self) -> &str {
        &self.inner.instance_id
    }

    /// The `kid` of every token: the instance id, as at Clerk, until [`Clerk::rotate_key_to`] gives another.
    pub fn key_id(&self) -> String {
        self.signing().kid.clone()
    }

    /// The public key in multi-line PEM (`BEGIN PUBLIC KEY`), as Clerk's dashboard shows it.
    pub fn public_key_pem(&self) -> String {
        self.signing().key.public_pem.clone()
    }

    /// Signs any header and claims, as given, with the instance key: an RS256 signature, whatever the header says.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn mint_token(&self, header: Value, claims: Value) -> Result<String, ClerkError> {
        self.signing().key.sign(&header, &claims).map_err(|_| ClerkError::Mint)
    }

    /// The header of a session token: `alg`, `cat`, `kid`, `typ`.
    pub fn session_header(&self) -> Value {
        tokens::session_header(&self.key_id())
    }

    /// The claims of a session token, version 2, that lives 60 s from now. Like every token minted through the Backend API
    /// it has no `azp`. Nobody checks that the user or the session exists.
    pub fn session_claims(&self, user_id: &str, session_id: &str) -> Value {
        tokens::session_claims(self.issuer(), user_id, session_id, tokens::LIFETIME_SECONDS)
    }

    /// The `svix-signature` of a message, `v1,…`. `timestamp` counts seconds since the epoch.
    ///
    /// # Errors
    /// When the body is not UTF-8.
    pub fn sign_webhook(&self, message_id: &str, timestamp: i64, body: &[u8]) -> Result<String, ClerkError> {
        self.inner.webhooks.signer().sign(message_id, timestamp, body)
    }

    /// Signs a body, posts it once under a fresh message id, and says how it was answered. No retries.
    ///
    /// # Errors
    /// When the body is not UTF-8, or when no answer comes within 15 s.
    pub async fn deliver_webhook(&self, body: Vec<u8>) -> Result<StatusCode, ClerkError> {
        self.inner.webhooks.post(&webhooks::message_id(), body.into()).await
    }

    /// A panic in one request must not take the instance down with it: every change is a single assignment.
    fn instance(&self) -> MutexGuard<'_, Instance> {
        self.inner.instance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signing(&self) -> Arc<Signing> {
        Arc::clone(&self.inner.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_signing(&self, signing: Signing) {
        *self.inner.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(signing);
    }

    /// Starts a delivery, or keeps or loses it. Called under the lock, so that events carry their timestamps in the order
    /// of the changes.
    fn emit(&self, instance: &mut Instance, kind: &str, data: Value, request: &HttpRequest) -> FirstAttempt {
        let body = webhooks::event(kind, data, self.instance_id(), request);
        match instance.delivery {
            WebhookDelivery::Send => return self.inner.webhooks.send(kind, body),
            WebhookDelivery::Hold => instance.held.push(HeldWebhook { kind: kind.to_owned(), body }),
            WebhookDelivery::Drop => {}
        }
        FirstAttempt::none()
    }
}
