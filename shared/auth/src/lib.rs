//! Who is calling: Clerk session tokens, webhook signatures, and the [`Identity`] a token proves.
//!
//! Knows neither Lambda nor DynamoDB. Facts about Clerk's tokens were checked against `@clerk/backend`.

mod identity;
mod issuer;
mod jwks;
mod keys;
mod organization;
mod token;
mod token_error;
mod webhook;

pub use identity::{Identity, Profile};
pub use issuer::{Issuer, IssuerError};
pub use jwks::KeysError;
pub use keys::{Keys, PemError};
pub use organization::Organization;
pub use token::{DEFAULT_TEMPLATE_TOKEN_SECONDS, MAX_TOKEN_BYTES, SessionVerifier, TokenRules};
pub use token_error::{TokenError, VerifyError};
pub use webhook::{SecretError, SignatureError, WebhookVerifier};
