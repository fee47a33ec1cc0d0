//! Secrets: read in Init, and read again when a signature or a key is rejected.

pub(crate) mod parameter;
pub(crate) mod secret;
