//! The keys of rows, and the rows that own others.

use usher_contract::{ClerkUserId, IdempotencyKey, MessageId, ThreadId};

use crate::{
    connection_id::ConnectionId,
    table::{
        attribute::{PK, SK},
        item::{Item, text},
        row_kind::RowKind,
    },
};

/// The beginning of a user's partition key.
const USER_PARTITION: &str = "USER#";

/// The primary key of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(user: &ClerkUserId, kind: RowKind, rest: &str) -> Self {
        Self { pk: format!("{USER_PARTITION}{user}"), sk: format!("{}{rest}", kind.sort_key_prefix()) }
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

    pub(crate) fn reply(user: &ClerkUserId, place: u8) -> Self {
        Self::new(user, RowKind::Reply, &place.to_string())
    }

    pub(crate) fn request(user: &ClerkUserId, key: &IdempotencyKey) -> Self {
        Self::new(user, RowKind::Request, key.as_str())
    }

    pub(crate) fn connection(user: &ClerkUserId, id: &ConnectionId) -> Self {
        Self::new(user, RowKind::Connection, id.as_str())
    }

    pub(crate) fn session(user: &ClerkUserId, session_id: &str) -> Self {
        Self::new(user, RowKind::Session, session_id)
    }

    /// Returns the attributes of the key.
    pub(crate) fn item(&self) -> Item {
        Item::from([(PK.into(), text(&self.pk)), (SK.into(), text(&self.sk))])
    }
}

/// A user or a thread: the rows that can be deleted together with everything that belongs to them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An account.
    User(ClerkUserId),
    /// A thread of a user.
    Thread(ClerkUserId, ThreadId),
}

/// The sort keys of the rows that a query finds in one partition.
pub(crate) enum SortKeys {
    /// All sort keys with this prefix.
    BeginWith(String),
    /// All sort keys before this one.
    Before(String),
    /// All sort keys from the first to the last, both included.
    Between(String, String),
}

impl Owner {
    /// Returns the owner whose own row has this key. Returns `None` for any other row.
    pub fn of_key(pk: &str, sk: &str) -> Option<Self> {
        let user = user_of_partition(pk)?;
        match RowKind::of_sort_key(sk)? {
            RowKind::User => Some(Self::User(user)),
            RowKind::Thread => {
                let thread = ThreadId::parse(sk.strip_prefix(RowKind::Thread.sort_key_prefix())?).ok()?;
                Some(Self::Thread(user, thread))
            }
            RowKind::Connection
            | RowKind::Message
            | RowKind::Reply
            | RowKind::Request
            | RowKind::Session
            | RowKind::Settings => None,
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

    /// Returns the sort keys of everything that belongs to the owner. The rows of a user sort before the user's own
    /// row.
    pub(crate) fn children(&self) -> SortKeys {
        match self {
            Self::User(_) => SortKeys::Before(RowKind::User.sort_key_prefix().into()),
            Self::Thread(_, thread) => SortKeys::BeginWith(messages_of(*thread)),
        }
    }
}

/// Reads the user out of a partition key.
pub(crate) fn user_of_partition(pk: &str) -> Option<ClerkUserId> {
    ClerkUserId::parse(pk.strip_prefix(USER_PARTITION)?).ok()
}

/// Returns the beginning of the sort keys of a thread's messages.
pub(crate) fn messages_of(thread: ThreadId) -> String {
    format!("{}{thread}#", RowKind::Message.sort_key_prefix())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GeneratedId;

    #[test]
    fn a_thread_deletion_finds_the_messages_of_no_other_thread() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let (thread, other) = (ThreadId::generate(), ThreadId::generate());
        let SortKeys::BeginWith(children) = Owner::Thread(user.clone(), thread).children() else { panic!("no prefix") };
        assert!(Key::message(&user, thread, MessageId::generate()).sk.starts_with(&children));
        assert!(!Key::message(&user, other, MessageId::generate()).sk.starts_with(&children));
    }

    #[test]
    fn an_owner_can_be_read_from_its_key() {
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
