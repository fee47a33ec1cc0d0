//! The kinds of rows, their sort keys, and what a deletion does to each kind.

/// The effect of a deletion on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionRule {
    /// The row becomes the tombstone of the account.
    Tombstone,
    /// The row is erased with the account.
    WithUser,
    /// The row becomes a tombstone if it is deleted by itself, and is erased with the account.
    TombstoneWithUser,
    /// The row is erased with its thread, and with the account.
    WithThread,
}

macro_rules! row_kinds {
    ($($(#[$doc:meta])* $kind:ident: $prefix:literal, $rule:ident;)+) => {
        /// Every kind of row that belongs to a user.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RowKind {
            $($(#[$doc])* $kind),+
        }

        impl RowKind {
            /// All kinds, in the order of their keys.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Returns the beginning of the sort key. For settings and users it is the whole key.
            pub const fn sort_key_prefix(self) -> &'static str {
                match self {
                    $(Self::$kind => $prefix),+
                }
            }

            /// Returns what a deletion does to rows of this kind.
            pub const fn deletion_rule(self) -> DeletionRule {
                match self {
                    $(Self::$kind => DeletionRule::$rule),+
                }
            }
        }
    };
}

// The kind, the beginning of its sort key, and its deletion rule, in the order of the keys.
row_kinds! {
    /// A live connection.
    Connection: "CONNECTION#", WithUser;
    /// A message of a thread.
    Message: "MESSAGE#", WithThread;
    /// A place for a reply that is written now. A user has [`MAX_REPLIES`](usher_contract::limits::MAX_REPLIES).
    Reply: "REPLY#", WithUser;
    /// The answer to a request with an `Idempotency-Key`.
    Request: "REQUEST#", WithUser;
    /// A session that has ended.
    Session: "SESSION#", WithUser;
    /// A user's settings.
    Settings: "SETTINGS", WithUser;
    /// A thread, or the tombstone of one.
    Thread: "THREAD#", TombstoneWithUser;
    /// A user, or the tombstone of one.
    User: "USER", Tombstone;
}

// An account deletion erases the rows whose sort keys are less than the user's own, so a kind that sorts after the user
// would survive.
const _: () = {
    let last = RowKind::ALL.len() - 1;
    assert!(matches!(RowKind::ALL[last], RowKind::User), "every kind must sort before the user");
    let mut next = 0;
    while next < last {
        let (kind, after) = (RowKind::ALL[next], RowKind::ALL[next + 1]);
        assert!(
            sorts_before(kind.sort_key_prefix(), after.sort_key_prefix()),
            "the kinds must be in the order of their keys, and no prefix may begin with another"
        );
        assert!(!matches!(kind.deletion_rule(), DeletionRule::Tombstone), "only the user is the account's tombstone");
        next += 1;
    }
};

/// Returns whether every key that begins with `first` is less than every key that begins with `second`. This is not so
/// if one begins with the other.
const fn sorts_before(first: &str, second: &str) -> bool {
    let (first, second) = (first.as_bytes(), second.as_bytes());
    let mut at = 0;
    while at < first.len() && at < second.len() {
        if first[at] != second[at] {
            return first[at] < second[at];
        }
        at += 1;
    }
    false
}

impl RowKind {
    /// Returns the kind of the row with this sort key.
    pub fn of_sort_key(sort_key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| {
            let prefix = kind.sort_key_prefix();
            sort_key == prefix || prefix.ends_with('#') && sort_key.starts_with(prefix)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_deletion_finds_every_kind_but_the_tombstone() {
        for kind in RowKind::ALL.iter().copied() {
            let prefix = kind.sort_key_prefix();
            assert_eq!(RowKind::of_sort_key(prefix), Some(kind));
            assert_eq!(prefix < "USER", kind.deletion_rule() != DeletionRule::Tombstone, "{prefix}");
        }
        assert_eq!(RowKind::of_sort_key("USERS"), None);
        assert_eq!(RowKind::of_sort_key("CONNECTIONS#1"), None);
    }

    #[test]
    fn a_prefix_of_another_sorts_neither_before_nor_after() {
        assert!(sorts_before("SETTINGS", "THREAD#"));
        for (first, second) in [("THREAD#", "SETTINGS"), ("USER", "USER"), ("USER", "USERS#"), ("USERS#", "USER")] {
            assert!(!sorts_before(first, second), "{first} {second}");
        }
    }
}
