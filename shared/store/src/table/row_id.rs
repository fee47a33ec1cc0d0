//! What a row is, read from its key.

use usher_contract::{ClerkUserId, ThreadId};

use crate::{
    connection_id::ConnectionId,
    table::{row::user_of_partition, row_kind::RowKind},
};

/// A row of a user: its kind, and the ids in its sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowId {
    /// A live connection.
    Connection(ConnectionId),
    /// A message of a thread.
    Message(ThreadId),
    /// A place for a reply that is written now.
    Reply,
    /// The answer to an idempotent request.
    Request,
    /// An ended session, with its id at Clerk.
    Session(String),
    /// The user's settings.
    Settings,
    /// A thread, or its tombstone.
    Thread(ThreadId),
    /// The user, or its tombstone.
    User,
}

impl RowId {
    /// Reads the user and the row out of a primary key. Returns `None` for a key that the store does not write for a
    /// user.
    pub fn of_key(pk: &str, sk: &str) -> Option<(ClerkUserId, Self)> {
        let user = user_of_partition(pk)?;
        let kind = RowKind::of_sort_key(sk)?;
        let rest = sk.strip_prefix(kind.sort_key_prefix())?;
        let row = match kind {
            RowKind::Connection => Self::Connection(ConnectionId::parse(rest).ok()?),
            RowKind::Message => Self::Message(ThreadId::parse(rest.split('#').next()?).ok()?),
            RowKind::Reply => Self::Reply,
            RowKind::Request => Self::Request,
            RowKind::Session => Self::Session(rest.to_owned()),
            RowKind::Settings => Self::Settings,
            RowKind::Thread => Self::Thread(ThreadId::parse(rest).ok()?),
            RowKind::User => Self::User,
        };
        Some((user, row))
    }
}

#[cfg(test)]
mod tests {
    use usher_contract::{IdempotencyKey, MessageId};

    use super::*;
    use crate::{id::GeneratedId, table::row::Key};

    #[test]
    fn a_row_is_read_back_from_its_key() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let thread = ThreadId::generate();
        let connection = ConnectionId::parse("L0SM9cOFvHcCIhw=").unwrap();
        let request = IdempotencyKey::parse("a#b").unwrap();
        for (key, row) in [
            (Key::connection(&user, &connection), RowId::Connection(connection)),
            (Key::message(&user, thread, MessageId::generate()), RowId::Message(thread)),
            (Key::reply(&user, 3), RowId::Reply),
            (Key::request(&user, &request), RowId::Request),
            (Key::session(&user, "sess_1"), RowId::Session("sess_1".into())),
            (Key::settings(&user), RowId::Settings),
            (Key::thread(&user, thread), RowId::Thread(thread)),
            (Key::user(&user), RowId::User),
        ] {
            assert_eq!(RowId::of_key(&key.pk, &key.sk), Some((user.clone(), row)));
        }
        for (pk, sk) in [("OTHER", "USER"), ("USER#user_1", "OTHER#1"), ("USER#user_1", "THREAD#1")] {
            assert_eq!(RowId::of_key(pk, sk), None);
        }
    }
}
