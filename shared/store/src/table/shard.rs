//! Shards of the sparse indexes.
//!
//! All rows of an index with the same index key share a partition, and a partition takes at most 1,000 write units a
//! second. A throttled index throttles the table. So the index key of a row names one of 16 shards, chosen by a hash of
//! the user's id, and a reader of the index reads all shards.

use std::fmt;

use sha2::{Digest, Sha256};
use usher_contract::ClerkUserId;

/// The number of shards. A change moves users to other shards: rows keep the index key they were written with, so every
/// reader would have to read the old shards too.
pub(crate) const SHARDS: u8 = 16;

/// One shard: 0 to 15. Prints as one hexadecimal digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shard(u8);

impl Shard {
    /// Returns the shard of a user's rows. It never changes.
    pub(crate) fn of(user: &ClerkUserId) -> Self {
        Self(Sha256::digest(user.as_str())[0] % SHARDS)
    }

    /// Iterates over all shards, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }

    /// Returns the index key of the shard's rows, for instance `pending#a`.
    pub(crate) fn index_key(self, word: &str) -> String {
        format!("{word}#{self}")
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(user: &str) -> String {
        Shard::of(&ClerkUserId::parse(user).unwrap()).to_string()
    }

    /// Rows in the table have these index keys. With another hash they would not be found.
    #[test]
    fn the_shard_of_a_user_never_changes() {
        let users = ["user_1", "user_2", "user_29w83sxmDNGwOuEthce5gg56FcC"];
        assert_eq!(users.map(shard), ["9", "3", "b"]);
    }

    #[test]
    fn users_spread_evenly_over_all_shards() {
        let mut counts = [0_u32; SHARDS as usize];
        for number in 0..16_000 {
            let user = ClerkUserId::parse(&format!("user_{number}")).unwrap();
            counts[usize::from(Shard::of(&user).0)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn an_index_key_is_a_word_and_a_hexadecimal_digit() {
        let keys: Vec<_> = Shard::all().map(|shard| shard.index_key("pending")).collect();
        assert_eq!((keys.len(), keys[0].as_str(), keys[15].as_str()), (16, "pending#0", "pending#f"));
    }
}
