//! Secrets: read in Init, and again when what they verify is refused.

pub(crate) mod parameter;
pub(crate) mod secret;
