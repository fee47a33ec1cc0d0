//! The handle of an instance: its addresses, secrets, tokens and signatures.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    changes::{Change, Changes},
    data_file::{DataFile, SavedIdentity},
    error::ClerkError,
    http::{api_error::ApiError, interceptor::Interceptor},
    ids,
    instance::{Instance, WebhookDelivery},
    keys::InstanceKey,
    options::{Options, generate_secret_key, generate_webhook_secret},
    tokens,
    webhooks::{
        ATTEMPT_TIMEOUT, FirstAttempt, Webhooks,
        endpoint::Endpoint,
        event::{HttpRequest, event},
        message::{Message, MessageState, message_id},
    },
};

/// A Clerk instance. Clones share its state.
#[derive(Clone)]
pub struct Clerk {
    inner: Arc<Inner>,
}

struct Inner {
    issuer: String,
    instance_id: String,
    secret_key: String,
    key: RwLock<Arc<InstanceKey>>,
    webhooks: Arc<Webhooks>,
    instance: Mutex<Instance>,
    interceptor: Interceptor,
    changes: Changes,
    scripts: Option<PathBuf>,
    data: Option<Data>,
}

/// The data file, and the secrets in it. The instance uses others if the caller gave some.
struct Data {
    file: DataFile,
    secret_key: String,
    webhook_secret: String,
}

impl Clerk {
    /// Creates an instance with a new id, a new RSA key of 2048 bits, and no users, or continues the instance of
    /// [`Options::data`].
    ///
    /// # Errors
    /// Returns an error if the webhook URL or the webhook secret is malformed, if the key or the HTTP client could not
    /// be created, or if the data file cannot be used.
    pub fn new(options: Options) -> Result<Self, ClerkError> {
        let (file, saved) = match &options.data {
            Some(path) => DataFile::open(path).map(|(file, saved)| (Some(file), saved))?,
            None => (None, None),
        };
        let (identity, instance) = match saved {
            Some(saved) => (Some(saved.identity.clone()), Instance::from_saved(saved)),
            None => (None, Instance::default()),
        };
        let saved_or = |text: fn(&SavedIdentity) -> &String, new: fn() -> String| {
            identity.as_ref().map_or_else(new, |identity| text(identity).clone())
        };
        let own_secret_key = saved_or(|identity| &identity.secret_key, generate_secret_key);
        let own_webhook_secret = saved_or(|identity| &identity.webhook_secret, generate_webhook_secret);
        let instance_id = saved_or(|identity| &identity.instance_id, || ids::id("ins"));
        let key = match &identity {
            Some(SavedIdentity { key_id, private_key, .. }) => InstanceKey::from_base64(key_id, private_key),
            None => InstanceKey::generate(&instance_id),
        };
        let webhook_secret = options.given_webhook_secret().unwrap_or(&own_webhook_secret);
        let secret_key = options.given_secret_key().unwrap_or(&own_secret_key).to_owned();
        let changes = Changes::default();
        let webhooks = Webhooks::new(
            Endpoint::new(&options.webhook_url, webhook_secret, ATTEMPT_TIMEOUT)?,
            options.retry_delays.clone(),
            changes.clone(),
        );
        let inner = Inner {
            issuer: options.issuer.trim_end_matches('/').to_owned(),
            instance_id,
            secret_key,
            key: RwLock::new(Arc::new(key.map_err(|_| ClerkError::Key)?)),
            webhooks,
            instance: Mutex::new(instance),
            interceptor: Interceptor::new(changes.clone()),
            changes,
            scripts: options.scripts,
            data: file.map(|file| Data { file, secret_key: own_secret_key, webhook_secret: own_webhook_secret }),
        };
        let clerk = Self { inner: Arc::new(inner) };
        clerk
            .try_save(&clerk.instance())
            .map_err(|error| ClerkError::Data { path: options.data.unwrap_or_default(), reason: error.to_string() })?;
        Ok(clerk)
    }

    /// Returns the `iss` of every token, without a trailing slash.
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// Returns the current signing secret of webhooks, `whsec_…`.
    pub fn webhook_secret(&self) -> &str {
        self.inner.webhooks.endpoint().signer().secret()
    }

    /// Returns the secret key that the Backend API requires, `sk_…`.
    pub fn secret_key(&self) -> &str {
        &self.inner.secret_key
    }

    /// Returns the `instance_id` of every event, `ins_…`.
    pub fn instance_id(&self) -> &str {
        &self.inner.instance_id
    }

    /// Returns the publishable key, `pk_test_…`: the host of the issuer, in base64. Apps send their requests to that host
    /// over HTTPS, unless they are told a proxy URL.
    pub fn publishable_key(&self) -> String {
        let host = self.issuer().split_once("://").map_or(self.issuer(), |(_, host)| host);
        format!("pk_test_{}", STANDARD.encode(format!("{host}$")))
    }

    /// Returns the `kid` of every token. As at Clerk (`@clerk/backend` 3.25, `src/tokens/keys.ts`) it is the instance
    /// id, until [`Clerk::rotate_key_to`] changes it.
    pub fn key_id(&self) -> String {
        self.key().kid.clone()
    }

    /// Returns the public key as PEM with line breaks (`BEGIN PUBLIC KEY`), the format of Clerk's dashboard.
    pub fn public_key_pem(&self) -> String {
        self.key().public_pem.clone()
    }

    /// Returns the key set that belongs to the current key, even if [`Clerk::override_jwks`] publishes another.
    pub fn jwks(&self) -> Value {
        self.key().jwks.clone()
    }

    /// Signs this header and these claims with the instance key. The signature is RS256, whatever `alg` says.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn mint_token(&self, header: Value, claims: Value) -> Result<String, ClerkError> {
        self.key().sign(&header, &claims).map_err(|_| ClerkError::Mint)
    }

    /// As [`Clerk::mint_token`], for a request. A key that cannot sign is an internal error.
    pub(crate) fn sign(&self, header: Value, claims: Value) -> Result<String, ApiError> {
        self.mint_token(header, claims).map_err(|error| {
            tracing::error!(%error, "token not signed");
            ApiError::internal()
        })
    }

    /// Returns the header of a session token: `alg`, `cat`, `kid`, `typ`.
    pub fn session_header(&self) -> Value {
        tokens::session_header(&self.key_id())
    }

    /// Returns the claims of a version 2 session token that expires in 60 s. There is no `azp`, because no page has
    /// asked for the token. The user and the session do not have to exist.
    pub fn session_claims(&self, user_id: &str, session_id: &str) -> Value {
        tokens::session_claims(self.issuer(), user_id, session_id, tokens::LIFETIME_SECONDS)
    }

    /// Returns the `svix-signature` of a message, `v1,…`. `timestamp` is in seconds since the epoch.
    ///
    /// # Errors
    /// Returns an error if the body is not UTF-8.
    pub fn sign_webhook(&self, message_id: &str, timestamp: i64, body: &[u8]) -> Result<String, ClerkError> {
        self.inner.webhooks.endpoint().signer().sign(message_id, timestamp, body)
    }

    /// Signs a body, posts it once under a new message id, and returns the status of the response. There are no
    /// retries.
    ///
    /// # Errors
    /// Returns an error if the body is not UTF-8, or if no response arrives within 15 s.
    pub async fn deliver_webhook(&self, body: Vec<u8>) -> Result<StatusCode, ClerkError> {
        self.inner.webhooks.endpoint().post(&message_id(), body.into()).await
    }

    /// Locks the state. A panic in one request does not stop the instance, because every change is a single assignment.
    pub(crate) fn instance(&self) -> MutexGuard<'_, Instance> {
        self.inner.instance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn interceptor(&self) -> &Interceptor {
        &self.inner.interceptor
    }

    pub(crate) fn webhooks(&self) -> &Arc<Webhooks> {
        &self.inner.webhooks
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.inner.changes
    }

    /// Returns the folder with Clerk's scripts for the browser.
    pub(crate) fn scripts(&self) -> Option<&Path> {
        self.inner.scripts.as_deref()
    }

    pub(crate) fn set_key(&self, key: InstanceKey) {
        *self.inner.key.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        self.save(&self.instance());
    }

    /// Writes the data file, if there is one. Called after each change, by the holder of the lock. A change that cannot
    /// be written is logged and stays in memory.
    pub(crate) fn save(&self, instance: &Instance) {
        if let Err(error) = self.try_save(instance) {
            tracing::error!(%error, "data file not written");
        }
        self.changes().announce(Change::State);
    }

    fn try_save(&self, instance: &Instance) -> std::io::Result<()> {
        let Some(data) = &self.inner.data else { return Ok(()) };
        let key = self.key();
        let identity = SavedIdentity {
            instance_id: self.inner.instance_id.clone(),
            key_id: key.kid.clone(),
            private_key: key.to_base64().map_err(std::io::Error::other)?,
            secret_key: data.secret_key.clone(),
            webhook_secret: data.webhook_secret.clone(),
        };
        data.file.save(&instance.to_saved(identity))
    }

    fn key(&self) -> Arc<InstanceKey> {
        Arc::clone(&self.inner.key.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Saves a change, and sends, holds or drops its webhook. The caller holds the lock, so that the timestamps of
    /// events are in the order of the changes.
    pub(crate) fn emit(&self, instance: &mut Instance, kind: &str, data: Value, request: &HttpRequest) -> FirstAttempt {
        self.save(instance);
        self.announce_object(kind, &data);
        let message = Message::new(kind, event(kind, data, self.instance_id(), request));
        let state = match instance.webhook_delivery {
            WebhookDelivery::Send => MessageState::Sending,
            WebhookDelivery::Hold => MessageState::Held,
            WebhookDelivery::Drop => MessageState::Dropped,
        };
        self.inner.webhooks.journal().add(&message, state);
        match state {
            MessageState::Sending => return self.inner.webhooks.send(message),
            MessageState::Held => instance.held.push(message),
            _ => {}
        }
        FirstAttempt::none()
    }

    /// Announces the change of the object that an event has.
    fn announce_object(&self, kind: &str, data: &Value) {
        let id = || data["id"].as_str().unwrap_or_default().to_owned();
        match kind.split_once('.') {
            Some(("user", _)) => self.changes().announce(Change::User(id())),
            Some(("session", _)) => self.changes().announce(Change::Session(id())),
            _ => {}
        }
    }
}
