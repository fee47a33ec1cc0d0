//! The password of a user, kept as a hash.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive, verify};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::http::error_entry::ErrorEntry;

/// The rounds of PBKDF2. They are few, because the users of an emulator are invented and its tests sign in often.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
const HASH_BYTES: usize = 32;
/// The shortest password (Clerk's docs, "Sign-up and sign-in options").
const MINIMUM_CHARACTERS: usize = 8;
/// The longest password, in bytes (the same source).
const MAXIMUM_BYTES: usize = 72;

/// The hash of a password: PBKDF2 with HMAC-SHA-256 and a salt of its own.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Password {
    /// Base64.
    salt: String,
    /// Base64.
    hash: String,
}

impl Password {
    pub(crate) fn new(text: &str) -> Self {
        let salt: [u8; 16] = rand::random();
        let mut hash = [0; HASH_BYTES];
        derive(PBKDF2_HMAC_SHA256, ROUNDS, &salt, text.as_bytes(), &mut hash);
        Self { salt: STANDARD.encode(salt), hash: STANDARD.encode(hash) }
    }

    /// Returns whether this is the password.
    pub(crate) fn is(&self, text: &str) -> bool {
        let (Ok(salt), Ok(hash)) = (STANDARD.decode(&self.salt), STANDARD.decode(&self.hash)) else { return false };
        verify(PBKDF2_HMAC_SHA256, ROUNDS, &salt, text.as_bytes(), &hash).is_ok()
    }

    /// Checks the length of a new password. `param` is the name of the parameter.
    pub(crate) fn check(param: &str, text: &str) -> Result<(), ErrorEntry> {
        if text.chars().count() < MINIMUM_CHARACTERS {
            return Err(ErrorEntry::password_too_short(param, MINIMUM_CHARACTERS));
        }
        if text.len() > MAXIMUM_BYTES {
            return Err(ErrorEntry::password_too_long(param, MAXIMUM_BYTES));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_fits_its_hash() {
        let password = Password::new("correct horse");
        assert!(password.is("correct horse"));
        for other in ["correct horsf", "Correct horse", "correct horse ", ""] {
            assert!(!password.is(other), "{other}");
        }
        assert_ne!(password.hash, Password::new("correct horse").hash);
    }
}
