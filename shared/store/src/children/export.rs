//! The export of a user's threads and messages, page by page.
//!
//! Messages sort by their thread, so both kinds of rows are read in the order of the threads and put together. A page
//! reads messages first, and then the rows of their threads. So a message is exported only if its thread was there after
//! the message had been read, and no message of a deleted thread is exported.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use usher_contract::{ClerkUserId, Message, MessageId, Thread, ThreadId};
use uuid::Uuid;

use crate::{
    children::{
        message::take_message,
        thread::{id_of, thread_from},
    },
    error::Error,
    table::{
        Store,
        attribute::SK,
        item::{Item, get_text},
        page::InvalidCursor,
        row::{Key, SortKeys},
        row_kind::RowKind,
    },
    users::liveness::is_tombstone,
};

/// The maximum number of rows of each kind in a page. DynamoDB returns at most 1 MB of rows, too.
const MAX_ROWS: i32 = 1000;
/// The bytes of a position in a cursor, without the checksum.
const POSITION_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 16;

/// What a page of the export has.
#[derive(Debug)]
pub struct ExportPage {
    /// The threads, in the order of their creation.
    pub threads: Vec<ExportedThread>,
    /// Where the next page begins. `None` if there is none.
    pub next: Option<ExportPosition>,
}

/// A part of a thread.
#[derive(Debug)]
pub struct ExportedThread {
    /// The thread. `None` if an earlier page has it.
    pub thread: Option<Thread>,
    /// The next of its messages, oldest first.
    pub messages: Vec<Message>,
}

/// The end of a page: all threads up to this one are exported, with all their messages, or, of this one, with those up
/// to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportPosition {
    thread: ThreadId,
    message: Option<MessageId>,
}

impl ExportPosition {
    /// Returns the position as a text for the caller. The checksum only detects mistakes, as in the cursors of lists.
    pub fn to_cursor(self, user: &ClerkUserId) -> String {
        let position = self.bytes();
        BASE64_URL_SAFE_NO_PAD.encode([position.as_slice(), &checksum(user, &position)].concat())
    }

    /// Parses a cursor.
    ///
    /// # Errors
    /// The text is not a cursor of an export of this user.
    pub fn parse(cursor: &str, user: &ClerkUserId) -> Result<Self, InvalidCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (position, found) = bytes.split_first_chunk::<POSITION_BYTES>().ok_or(InvalidCursor)?;
        if found != checksum(user, position) {
            return Err(InvalidCursor);
        }
        let (thread, message) = position.split_at(POSITION_BYTES / 2);
        let uuid = |bytes| Uuid::from_slice(bytes).map_err(|_| InvalidCursor);
        let message = Some(uuid(message)?).filter(|id| !id.is_nil());
        Ok(Self { thread: ThreadId::from_uuid(uuid(thread)?), message: message.map(MessageId::from_uuid) })
    }

    fn bytes(self) -> [u8; POSITION_BYTES] {
        let message = self.message.map_or(Uuid::nil(), |message| message.uuid());
        let mut bytes = [0; POSITION_BYTES];
        let (first, second) = bytes.split_at_mut(POSITION_BYTES / 2);
        first.copy_from_slice(self.thread.uuid().as_bytes());
        second.copy_from_slice(message.as_bytes());
        bytes
    }
}

fn checksum(user: &ClerkUserId, position: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::new().chain_update(format!("{user}#export#")).chain_update(position).finalize();
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    checksum
}

/// Rows of one kind, and whether there are more after them.
struct Rows {
    items: Vec<Item>,
    has_more: bool,
}

impl Store {
    /// Returns a page of the user's threads with their messages. `after` is the end of the page before. A page may be
    /// empty and still have a next one, because deleted threads leave rows behind.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn export_page(&self, user: &ClerkUserId, after: Option<ExportPosition>) -> Result<ExportPage, Error> {
        let read = async {
            let mut messages = self.messages_after(user, after).await?;
            self.refresh_leases(user, &mut messages.items).await?;
            // If there are more messages, the threads after the last one belong to later pages.
            let last = messages.items.last().filter(|_| messages.has_more).map(thread_of).transpose()?;
            let threads = self.threads_between(user, after, last).await?;
            Ok((messages, threads))
        };
        let (messages, threads) = self.read_for(user, read).await?;
        combine(after, messages, threads)
    }

    async fn messages_after(&self, user: &ClerkUserId, after: Option<ExportPosition>) -> Result<Rows, Error> {
        let from = after.map(|after| {
            let message = after.message.unwrap_or(MessageId::from_uuid(Uuid::max()));
            Key::message(user, after.thread, message).item()
        });
        let sort_keys = SortKeys::BeginWith(RowKind::Message.sort_key_prefix().into());
        self.export_rows(user, &sort_keys, from).await
    }

    /// Reads the rows of threads from the one of the position, of which messages may follow, or from the one after it.
    async fn threads_between(
        &self,
        user: &ClerkUserId,
        after: Option<ExportPosition>,
        last: Option<ThreadId>,
    ) -> Result<Rows, Error> {
        let key = |id| Key::thread(user, ThreadId::from_uuid(id)).sk;
        let begin = after.map_or(Uuid::nil(), |after| after.thread.uuid());
        let end = last.map_or(Uuid::max(), |last| last.uuid());
        let from = after.filter(|after| after.message.is_none()).map(|after| Key::thread(user, after.thread).item());
        self.export_rows(user, &SortKeys::Between(key(begin), key(end)), from).await
    }

    async fn export_rows(&self, user: &ClerkUserId, sort_keys: &SortKeys, from: Option<Item>) -> Result<Rows, Error> {
        let query = self.query_rows(&Key::user(user).pk, sort_keys).limit(MAX_ROWS).set_exclusive_start_key(from);
        let answer = query.send().await?;
        let has_more = answer.last_evaluated_key.is_some_and(|key| !key.is_empty());
        Ok(Rows { items: answer.items.unwrap_or_default(), has_more })
    }
}

/// Puts messages to the threads that are there.
fn combine(after: Option<ExportPosition>, messages: Rows, threads: Rows) -> Result<ExportPage, Error> {
    let last_thread = threads.items.last().filter(|_| threads.has_more).map(id_of).transpose()?;
    let last_message = messages.items.last().filter(|_| messages.has_more).map(position_of).transpose()?;
    let next = match (last_thread, last_message) {
        (None, last_message) => last_message,
        (Some(thread), Some(last)) if last.thread == thread => Some(last),
        // Rows of more threads follow than one page has. The messages of later threads are read again.
        (Some(thread), _) => Some(ExportPosition { thread, message: None }),
    };
    let mut messages = messages.items.into_iter().peekable();
    let mut page = Vec::new();
    for row in threads.items {
        let id = id_of(&row)?;
        let mut own = Vec::new();
        while let Some(message) = messages.peek() {
            let thread = thread_of(message)?;
            if thread > id {
                break;
            }
            // A message whose thread has no row any more is left out.
            if let Some(message) = messages.next().filter(|_| thread == id) {
                own.push(message);
            }
        }
        if is_tombstone(&row) {
            continue;
        }
        let is_begun = after.is_some_and(|after| after.thread == id);
        let own = own.into_iter().map(|message| take_message(id, message)).collect::<Result<Vec<_>, _>>()?;
        let thread = if is_begun { None } else { Some(thread_from(&row)?) };
        page.push(ExportedThread { thread, messages: own });
    }
    Ok(ExportPage { threads: page, next })
}

fn thread_of(message: &Item) -> Result<ThreadId, Error> {
    Ok(position_of(message)?.thread)
}

/// Reads the ids of a message and its thread from the key of the row.
fn position_of(message: &Item) -> Result<ExportPosition, Error> {
    let ids = get_text(message, SK).and_then(|sk| sk.strip_prefix(RowKind::Message.sort_key_prefix())?.split_once('#'));
    let (thread, message) = ids.ok_or(Error::Unreadable(SK))?;
    let unreadable = |_| Error::Unreadable(SK);
    Ok(ExportPosition {
        thread: ThreadId::parse(thread).map_err(unreadable)?,
        message: Some(MessageId::parse(message).map_err(unreadable)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GeneratedId;

    #[test]
    fn a_cursor_of_an_export_belongs_to_one_user() {
        let [ada, bob] = ["user_ada", "user_bob"].map(|id| ClerkUserId::parse(id).unwrap());
        for message in [None, Some(MessageId::generate())] {
            let position = ExportPosition { thread: ThreadId::generate(), message };
            let cursor = position.to_cursor(&ada);
            assert_eq!(ExportPosition::parse(&cursor, &ada), Ok(position));
            assert_eq!(ExportPosition::parse(&cursor, &bob), Err(InvalidCursor));
            for wrong in ["", "x", "AAAA", cursor.get(1..).unwrap()] {
                assert_eq!(ExportPosition::parse(wrong, &ada), Err(InvalidCursor), "{wrong}");
            }
        }
    }
}
