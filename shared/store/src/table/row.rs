//! The kinds of rows, their keys, and what becomes of each when its owner is deleted.

use usher_clerk::ClerkUserId;

use crate::{
    children::idempotency_key::IdempotencyKey,
    id::{MessageId, ThreadId},
    table::item::{Item, text},
};

/// Every kind of row there is. A new one has to say here what deletes it before it can have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A message of a thread.
    Message,
    /// The answer that was given to a request with an `Idempotency-Key`.
    Request,
    /// A user's settings.
    Settings,
    /// A thread, or the tombstone of one.
    Thread,
    /// A user, or the tombstone of one.
    User,
}

/// What a deletion does to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionRule {
    /// It becomes the tombstone of the account.
    Tombstone,
    /// It is erased with the account.
    WithUser,
    /// It becomes a tombstone with its own deletion, and is erased with the account.
    TombstoneWithUser,
    /// It is erased with its thread, and with the account.
    WithThread,
}

impl RowKind {
    /// All kinds, in the order of their keys.
    pub const ALL: [Self; 5] = [Self::Message, Self::Request, Self::Settings, Self::Thread, Self::User];

    /// What begins the sort key; of settings and of the user it is all of the key.
    pub const fn sort_key_prefix(self) -> &'static str {
        match self {
            Self::Message => "MESSAGE#",
            Self::Request => "REQUEST#",
            Self::Settings => "SETTINGS",
            Self::Thread => "THREAD#",
            Self::User => "USER",
        }
    }

    /// What a deletion does to rows of this kind.
    pub const fn deletion_rule(self) -> DeletionRule {
        match self {
            Self::Message => DeletionRule::WithThread,
            Self::Request | Self::Settings => DeletionRule::WithUser,
            Self::Thread => DeletionRule::TombstoneWithUser,
            Self::User => DeletionRule::Tombstone,
        }
    }

    /// The kind of the row with this sort key.
    pub fn of_sort_key(sort_key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| {
            let prefix = kind.sort_key_prefix();
            sort_key == prefix || prefix.ends_with('#') && sort_key.starts_with(prefix)
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
    fn new(user: &ClerkUserId, kind: RowKind, rest: &str) -> Self {
        Self { pk: format!("USER#{user}"), sk: format!("{}{rest}", kind.sort_key_prefix()) }
    }

    pub(crate) fn user(user: &ClerkUserId) -> Self {
        Self::new(user, RowKind::User, "")
    }

    pub(crate) fn settings(user: &ClerkUserId) -> Self {
        Self::new(user, RowKind::Settings, "")
    }

    pub(crate) fn thread(user: &ClerkUserId, thread: ThreadId) -> Self {
        Self::new(user, RowKind::Thread, &thread.to_string())
    }

    pub(crate) fn message(user: &ClerkUserId, thread: ThreadId, message: MessageId) -> Self {
        Self::new(user, RowKind::Message, &format!("{thread}#{message}"))
    }

    pub(crate) fn request(user: &ClerkUserId, key: &IdempotencyKey) -> Self {
        Self::new(user, RowKind::Request, key.as_str())
    }

    /// The attributes of the key.
    pub(crate) fn item(&self) -> Item {
        Item::from([("pk".into(), text(&self.pk)), ("sk".into(), text(&self.sk))])
    }
}

/// What can be deleted with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An account.
    User(ClerkUserId),
    /// A thread of a user.
    Thread(ClerkUserId, ThreadId),
}

/// The rows of an owner, as a condition on the sort key.
pub(crate) struct Children {
    pub(crate) condition: &'static str,
    pub(crate) value: String,
}

impl Owner {
    /// Reads the key of an owner's own row.
    pub fn of_key(pk: &str, sk: &str) -> Option<Self> {
        let user = ClerkUserId::parse(pk.strip_prefix("USER#")?).ok()?;
        match RowKind::of_sort_key(sk)? {
            RowKind::User => Some(Self::User(user)),
            RowKind::Thread => {
                let thread = ThreadId::parse(sk.strip_prefix(RowKind::Thread.sort_key_prefix())?).ok()?;
                Some(Self::Thread(user, thread))
            }
            RowKind::Message | RowKind::Request | RowKind::Settings => None,
        }
    }

    /// Returns the user whose partition the rows are in.
    pub fn user(&self) -> &ClerkUserId {
        match self {
            Self::User(user) | Self::Thread(user, _) => user,
        }
    }

    pub(crate) fn key(&self) -> Key {
        match self {
            Self::User(user) => Key::user(user),
            Self::Thread(user, thread) => Key::thread(user, *thread),
        }
    }

    /// All that belongs to a user sorts before the user's own row.
    pub(crate) fn children(&self) -> Children {
        match self {
            Self::User(_) => {
                Children { condition: "pk = :pk AND sk < :sk", value: RowKind::User.sort_key_prefix().into() }
            }
            Self::Thread(_, thread) => {
                Children { condition: "pk = :pk AND begins_with(sk, :sk)", value: messages_of(*thread) }
            }
        }
    }
}

/// What begins the sort keys of a thread's messages.
pub(crate) fn messages_of(thread: ThreadId) -> String {
    format!("{}{thread}#", RowKind::Message.sort_key_prefix())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GeneratedId;

    #[test]
    fn the_deletion_of_an_account_finds_every_kind_of_row_but_its_tombstone() {
        for kind in RowKind::ALL {
            let prefix = kind.sort_key_prefix();
            assert_eq!(RowKind::of_sort_key(prefix), Some(kind));
            assert_eq!(prefix < "USER", kind.deletion_rule() != DeletionRule::Tombstone, "{prefix}");
        }
        assert_eq!(RowKind::of_sort_key("USERS"), None);
        assert_eq!(RowKind::of_sort_key("CONNECTION#1"), None);
    }

    #[test]
    fn the_deletion_of_a_thread_finds_its_messages_and_no_others() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let (thread, other) = (ThreadId::generate(), ThreadId::generate());
        let children = Owner::Thread(user.clone(), thread).children().value;
        assert!(Key::message(&user, thread, MessageId::generate()).sk.starts_with(&children));
        assert!(!Key::message(&user, other, MessageId::generate()).sk.starts_with(&children));
    }

    #[test]
    fn an_owner_is_known_by_its_key() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let thread = ThreadId::generate();
        for owner in [Owner::User(user.clone()), Owner::Thread(user.clone(), thread)] {
            let key = owner.key();
            assert_eq!(Owner::of_key(&key.pk, &key.sk), Some(owner));
        }
        assert_eq!(Owner::of_key("USER#user_1", "SETTINGS"), None);
        assert_eq!(Owner::of_key("OTHER", "USER"), None);
    }
}
