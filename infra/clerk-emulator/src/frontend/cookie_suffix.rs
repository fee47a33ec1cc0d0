//! The suffix of cookies, by which the cookies of several instances at one host are told apart.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE};

const LENGTH: usize = 8;

/// Returns the beginning of the SHA-1 of a publishable key, in base64 (`@clerk/shared` 4.41, `src/keys.ts`).
pub(super) fn cookie_suffix(publishable_key: &str) -> String {
    let hash = URL_SAFE.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, publishable_key.as_bytes()));
    hash.chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_that_of_clerks_own_client() {
        assert_eq!(cookie_suffix("pk_test_Y2xlcmsudXNoZXIudGVzdCQ"), "Lf1TsMey");
    }
}
