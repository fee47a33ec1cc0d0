//! Walks the threads and messages of a user, from the last created thread to the first.
//!
//! Threads and messages are two ranges of keys, both in the order of the threads. So the walk reads both from their ends
//! and merges them. It knows of each message whether its thread is there: a message whose thread is deleted, or missing,
//! is passed over.

use tokio::try_join;
use usher_contract::{ClerkUserId, FoundMessage, MessageId, Role, Searched, Thread, ThreadId};
use uuid::Uuid;

use crate::{
    children::{
        search::rows::{MAX_QUERY_BYTES, Rows},
        thread::{id_of, thread_from},
    },
    error::Error,
    id::GeneratedId as _,
    table::{
        Store,
        attribute::{CONTENT, ROLE, SK},
        item::{Item, take_text},
        row::{Key, SortKeys},
        row_kind::RowKind,
    },
    users::liveness::is_tombstone,
};

/// The maximum size of the rows that a request reads, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The number of rows that the first query of each kind reads.
const FIRST_THREADS: i32 = 500;
const FIRST_MESSAGES: i32 = 250;

/// A thread, or a message with its thread.
pub(super) struct Entry {
    pub(super) thread: Thread,
    pub(super) message: Option<FoundMessage>,
    /// The title or the content. `None` if there is no title, or if an earlier page has looked at the title.
    pub(super) text: Option<String>,
}

/// A walk that is under way.
pub(super) struct Walk {
    threads: Rows<ThreadRow>,
    messages: Rows<MessageRow>,
    /// The size of the rows that were read, in bytes.
    bytes: usize,
    start: Position,
    position: Position,
    /// The thread that the walk has reached, unless it is deleted.
    thread: Option<Thread>,
    searched: Searched,
}

/// What is left: the messages of a thread with lesser ids than `before`, and all older threads and their messages. The
/// greatest id as `before` means that all messages of the thread are left, and as the thread that everything is.
#[derive(Clone, Copy)]
struct Position {
    thread: ThreadId,
    before: Uuid,
}

struct ThreadRow {
    id: ThreadId,
    /// `None` if the thread is deleted.
    thread: Option<Thread>,
}

struct MessageRow {
    thread: ThreadId,
    id: MessageId,
    role: Role,
    content: String,
}

impl Walk {
    /// Begins a walk, or continues after the position of an earlier one.
    pub(super) fn new(store: &Store, user: &ClerkUserId, after: Option<[Uuid; 2]>, with_messages: bool) -> Self {
        let [thread, before] = after.unwrap_or([Uuid::max(); 2]);
        let start = Position { thread: ThreadId::from_uuid(thread), before };
        let last_message = MessageId::from_uuid(Uuid::from_u128(before.as_u128().saturating_sub(1)));
        let until = |kind: RowKind, last: Key| SortKeys::Between(kind.sort_key_prefix().into(), last.sk);
        let pk = Key::user(user).pk;
        let threads = store.query_rows(&pk, &until(RowKind::Thread, Key::thread(user, start.thread)));
        let messages = store
            .query_rows(&pk, &until(RowKind::Message, Key::message(user, start.thread, last_message)))
            .projection_expression(format!("{SK}, #role, #content"))
            .expression_attribute_names("#role", ROLE)
            .expression_attribute_names("#content", CONTENT);
        let mut messages = Rows::new(messages, FIRST_MESSAGES, MessageRow::parse);
        if !with_messages {
            messages.skip_all();
        }
        Self {
            threads: Rows::new(threads, FIRST_THREADS, ThreadRow::parse),
            messages,
            bytes: 0,
            start,
            position: start,
            thread: None,
            searched: Searched::default(),
        }
    }

    /// Returns the next entry, or `None` at the end and after 4 MB.
    pub(super) async fn next(&mut self) -> Result<Option<Entry>, Error> {
        while self.reads_next_rows().await? {
            let next_thread = self.threads.first().map(|row| row.id);
            let is_message = self.messages.first().is_some_and(|row| next_thread.is_none_or(|next| next < row.thread));
            let entry = if is_message { self.take_message() } else { self.take_thread() };
            if entry.is_some() || (self.threads.is_empty() && self.messages.is_empty()) {
                return Ok(entry);
            }
        }
        Ok(None)
    }

    /// Returns where a later walk continues. Returns `None` at the end.
    pub(super) fn position(&self) -> Option<[Uuid; 2]> {
        let is_at_end = self.threads.is_empty() && self.messages.is_empty();
        (!is_at_end).then(|| [self.position.thread.uuid(), self.position.before])
    }

    /// Returns how far the walk has come.
    pub(super) fn searched(&self) -> Searched {
        let back_to = self.position().map(|_| self.position.thread.created_at());
        Searched { back_to, ..self.searched.clone() }
    }

    /// Makes the next row of each kind known. Returns `false` if that could take more than 4 MB.
    async fn reads_next_rows(&mut self) -> Result<bool, Error> {
        loop {
            let queries = usize::from(self.threads.needs_query()) + usize::from(self.messages.needs_query());
            if queries == 0 {
                return Ok(true);
            }
            if self.bytes + queries * MAX_QUERY_BYTES > MAX_BYTES {
                return Ok(false);
            }
            let (threads, messages) = try_join!(self.threads.query_if_needed(), self.messages.query_if_needed())?;
            self.bytes += threads + messages;
        }
    }

    fn take_thread(&mut self) -> Option<Entry> {
        let ThreadRow { id, thread } = self.threads.take()?;
        // The walk continues in a thread whose title an earlier one has looked at.
        let is_new = id != self.start.thread;
        if is_new {
            self.position = Position { thread: id, before: Uuid::max() };
        }
        self.thread = thread;
        let thread = self.thread.clone().filter(|_| is_new)?;
        self.searched.threads += 1;
        Some(Entry { text: thread.title.clone(), thread, message: None })
    }

    fn take_message(&mut self) -> Option<Entry> {
        let MessageRow { thread, id, role, content } = self.messages.take()?;
        self.position = Position { thread, before: id.uuid() };
        let thread = self.thread.as_ref().filter(|reached| reached.id == thread)?.clone();
        self.searched.messages += 1;
        let message = FoundMessage { id, role, created_at: id.created_at() };
        Some(Entry { thread, message: Some(message), text: Some(content) })
    }
}

impl ThreadRow {
    fn parse(row: Item) -> Result<Self, Error> {
        let thread = if is_tombstone(&row) { None } else { Some(thread_from(&row)?) };
        Ok(Self { id: id_of(&row)?, thread })
    }
}

impl MessageRow {
    fn parse(mut row: Item) -> Result<Self, Error> {
        let sk = take_text(&mut row, SK)?;
        let ids = sk.strip_prefix(RowKind::Message.sort_key_prefix()).and_then(|ids| ids.split_once('#'));
        let ids = ids.and_then(|(thread, id)| Some((ThreadId::parse(thread).ok()?, MessageId::parse(id).ok()?)));
        let (thread, id) = ids.ok_or(Error::Unreadable(SK))?;
        let role = Role::try_from(take_text(&mut row, ROLE)?).map_err(|_| Error::Unreadable(ROLE))?;
        Ok(Self { thread, id, role, content: take_text(&mut row, CONTENT)? })
    }
}
