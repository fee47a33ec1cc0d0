//! Authentication: Clerk session tokens, webhook signatures, and the [`VerifiedCaller`] that a token proves.
//!
//! [`SessionVerifier`] checks a session token and returns a [`VerifiedCaller`]. It needs the [`Issuer`] of the Clerk
//! instance, the public [`Keys`] of the instance, and the [`TokenRules`] of the configuration. The keys are either one
//! configured PEM, or the key set that the issuer publishes: `jwks.rs` fetches and caches that set, `key_set.rs` parses
//! it. [`WebhookVerifier`] checks the Svix signature of a webhook delivery.
//!
//! An error is either a rejection, which no repetition changes ([`TokenError`]), or it says that the keys could not be
//! fetched ([`KeysError`]). The messages do not quote the token, so they may be shown to the caller and logged.
//!
//! This crate must not know Lambda, HTTP requests of the API, or DynamoDB. It decides whether a token is genuine, but
//! not whether its user still exists: the store decides that. Facts about Clerk's tokens were checked in the source of
//! `@clerk/backend` 3.25.
//!
//! Begin with `token.rs`, which lists every check of a token, and `identity.rs`. Then read `keys.rs` and `jwks.rs`.

mod identity;
mod issuer;
mod jwks;
mod key_set;
mod keys;
mod organization;
mod token;
mod token_error;
mod webhook;

pub use identity::VerifiedCaller;
pub use issuer::{Issuer, IssuerError};
pub use key_set::KeysError;
pub use keys::{Keys, PemError};
pub use token::{DEFAULT_TEMPLATE_TOKEN_SECONDS, SessionVerifier, TokenRules};
pub use token_error::{TokenError, VerifyError};
pub use webhook::{SecretError, SignatureError, WebhookVerifier};
