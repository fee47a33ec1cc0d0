//! The kinds of rows, their keys, and what becomes of each when its owner is deleted.

use crate::{
    id::ClerkUserId,
    item::{Item, text},
};

/// Every kind of row there is. A new one has to say here what deletes it before it can have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A user, or the tombstone of one.
    User,
}

/// What the deletion of an account does to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionRule {
    /// It becomes the tombstone.
    Tombstone,
    /// It is erased with the account.
    WithUser,
    /// It is erased with its thread, and with the account.
    WithThread,
}

impl RowKind {
    /// All kinds.
    pub const ALL: [Self; 1] = [Self::User];

    /// What begins the sort key; the key of a user is that and nothing else.
    pub const fn sort_key_prefix(self) -> &'static str {
        match self {
            Self::User => "USER",
        }
    }

    /// What the deletion of an account does to rows of this kind.
    pub const fn deletion_rule(self) -> DeletionRule {
        match self {
            Self::User => DeletionRule::Tombstone,
        }
    }

    /// The kind of the row with this sort key.
    pub fn of_sort_key(sort_key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| match kind.deletion_rule() {
            DeletionRule::Tombstone => sort_key == kind.sort_key_prefix(),
            _ => sort_key.starts_with(kind.sort_key_prefix()),
        })
    }
}

/// The primary key of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    pub(crate) fn user(id: &ClerkUserId) -> Self {
        Self { pk: format!("USER#{id}"), sk: RowKind::User.sort_key_prefix().into() }
    }

    /// The attributes of the key.
    pub(crate) fn item(&self) -> Item {
        Item::from([("pk".into(), text(&self.pk)), ("sk".into(), text(&self.sk))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deletion_of_an_account_finds_every_kind_of_row() {
        for kind in RowKind::ALL {
            let prefix = kind.sort_key_prefix();
            assert_eq!(RowKind::of_sort_key(prefix), Some(kind));
            match kind.deletion_rule() {
                DeletionRule::Tombstone => assert_eq!(prefix, "USER"),
                DeletionRule::WithUser | DeletionRule::WithThread => {
                    assert!(prefix < "USER" && prefix.ends_with(['#', 'S']), "{prefix}");
                }
            }
        }
    }
}
