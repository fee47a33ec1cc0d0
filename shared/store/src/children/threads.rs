//! Threads.

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use serde::{Deserialize, Serialize};
use tokio::try_join;
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    children::{
        child::{NewRows, check_user},
        idempotency::IdempotentRequest,
    },
    error::Error,
    id::{GeneratedId, ThreadId},
    table::{
        Store,
        item::{Item, get_millis, get_text, insert_text, millis, text},
        page::{InvalidCursor, List, Page, PageLimit, cursor, parse_cursor},
        row::{Key, RowKind},
        transaction::Outcome,
    },
    users::liveness::{STATE, admitted, alive},
};

/// The longest title, in characters (Unicode scalar values).
pub const MAX_TITLE_CHARS: usize = 200;

/// The least number of rows that each query of a list reads. One request makes no more queries than these: a caller with
/// many tombstones gets short pages, each with a cursor. Later queries read more rows, so that few pages are short.
const ROWS_OF_QUERIES: [usize; 4] = [1, 100, 400, 1600];

/// The title of a thread: 1 to 200 characters, at least one of which can be seen.
///
/// White space is not seen, nor is what Unicode calls default-ignorable: zero-width spaces and joiners, fillers, marks of
/// direction (UAX #44, `Default_Ignorable_Code_Point`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Title(String);

/// A text that cannot be a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_TITLE_CHARS} characters and not blank")]
pub struct InvalidTitle;

/// A thread, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thread {
    /// Made here; later ones sort after earlier ones.
    pub id: ThreadId,
    /// Null where none was given.
    pub title: Option<Title>,
    /// When the thread was created.
    pub created_at: Timestamp,
    /// When the title or the messages last changed.
    pub updated_at: Timestamp,
}

impl TryFrom<String> for Title {
    type Error = InvalidTitle;

    fn try_from(text: String) -> Result<Self, InvalidTitle> {
        let is_ignored =
            |c: char| c.is_whitespace() || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
        let valid = !text.chars().all(is_ignored) && text.chars().take(MAX_TITLE_CHARS + 1).count() <= MAX_TITLE_CHARS;
        valid.then_some(Self(text)).ok_or(InvalidTitle)
    }
}

impl Thread {
    fn from_item(item: &Item) -> Result<Self, Error> {
        Ok(Self {
            id: id_of(item)?,
            title: get_text(item, "title").map(|title| Title(title.to_owned())),
            created_at: get_millis(item, "created_at")?,
            updated_at: get_millis(item, "updated_at")?,
        })
    }
}

/// Reads the id of a thread from the key of its row.
fn id_of(key: &Item) -> Result<ThreadId, Error> {
    let id = get_text(key, "sk").and_then(|sk| sk.strip_prefix(RowKind::Thread.sort_key_prefix()));
    id.and_then(|id| ThreadId::parse(id).ok()).ok_or(Error::Unreadable("sk"))
}

impl Store {
    /// Creates a thread.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned; the key of the request was used for another; or DynamoDB is unavailable or
    /// refuses.
    pub async fn create_thread(
        &self,
        user: &ClerkUserId,
        title: Option<Title>,
        request: Option<&IdempotentRequest>,
    ) -> Result<Thread, Error> {
        let id = ThreadId::generate();
        let mut item = Key::thread(user, id).item();
        item.insert("created_at".into(), millis(id.created_at()));
        item.insert("updated_at".into(), millis(id.created_at()));
        insert_text(&mut item, "title", title.as_ref().map(|title| title.0.as_str()));
        let rows = NewRows { thread: None, items: vec![item], ids: vec![id.uuid()], request };
        let ids = self.create(user, rows).await?;
        let id = ids.first().copied().map(ThreadId::from_uuid).ok_or(Error::Unreadable("answer"))?;
        Ok(Thread { id, title, created_at: id.created_at(), updated_at: id.created_at() })
    }

    /// Returns a page of the user's threads, newest first. One round trip, unless deleted threads are in the way: their
    /// tombstones stay for at least a day. After 4 queries the page ends, even if it is short or empty.
    ///
    /// # Errors
    /// The cursor is of another list; the user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn list_threads(
        &self,
        user: &ClerkUserId,
        limit: PageLimit,
        after: Option<&str>,
    ) -> Result<Page<Thread>, Error> {
        let after = after.map(|after| parse_cursor(after, user, List::Threads)).transpose()?;
        let from = after.map(|id| Key::thread(user, ThreadId::from_uuid(id)).item());
        let user_key = Key::user(user);
        let (row, (mut threads, read_to)) =
            try_join!(self.get(&user_key, Some(STATE)), self.threads_below(&user_key.pk, limit.get() + 1, from))?;
        admitted(row)?;
        let is_full = threads.len() > limit.get();
        threads.truncate(limit.get());
        let last = if is_full { threads.last().map(|thread| thread.id) } else { read_to };
        let next_cursor = last.map(|id| cursor(user, List::Threads, id.uuid()));
        Ok(Page { items: threads, next_cursor })
    }

    /// Reads threads until it has as many as are wanted, or more, or has made all its queries. Also returns the id of the
    /// last row that was read, which may be a tombstone, unless that row is the last of the list.
    async fn threads_below(
        &self,
        pk: &str,
        wanted: usize,
        mut from: Option<Item>,
    ) -> Result<(Vec<Thread>, Option<ThreadId>), Error> {
        let mut threads = Vec::new();
        for rows in ROWS_OF_QUERIES {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .scan_index_forward(false)
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .filter_expression("attribute_not_exists(deleted_at)")
                .expression_attribute_values(":pk", text(pk))
                .expression_attribute_values(":sk", text(RowKind::Thread.sort_key_prefix()))
                .limit(i32::try_from(wanted.max(rows)).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await?;
            for item in answer.items() {
                threads.push(Thread::from_item(item)?);
            }
            from = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() || threads.len() >= wanted {
                break;
            }
        }
        Ok((threads, from.as_ref().map(id_of).transpose()?))
    }

    /// A thread of the user's.
    ///
    /// # Errors
    /// There is none with this id; the user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn get_thread(&self, user: &ClerkUserId, id: ThreadId) -> Result<Thread, Error> {
        let (user_key, key) = (Key::user(user), Key::thread(user, id));
        let (user, thread) = try_join!(self.get(&user_key, Some(STATE)), self.get(&key, None))?;
        admitted(user)?;
        Thread::from_item(&alive(thread).map_err(|_| Error::NotFound)?)
    }

    /// Gives a thread another title, or none.
    ///
    /// # Errors
    /// There is none with this id; the user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn update_thread(&self, user: &ClerkUserId, id: ThreadId, title: Option<Title>) -> Result<Thread, Error> {
        let updated_at = Timestamp::now();
        let now = (":now", millis(updated_at));
        let update = match &title {
            Some(title) => {
                let values = [now, (":title", text(&title.0))];
                self.update_thread_row(user, id, "SET updated_at = :now, title = :title", values)?
            }
            None => self.update_thread_row(user, id, "SET updated_at = :now REMOVE title", [now])?,
        };
        match self.transact(vec![self.user_fence(user)?, update]).await? {
            Outcome::Committed => Ok(Thread { id, title, created_at: id.created_at(), updated_at }),
            Outcome::Refused(mut refusal) => check_user(&mut refusal).and(Err(Error::NotFound)),
        }
    }
}

impl From<InvalidCursor> for Error {
    fn from(_: InvalidCursor) -> Self {
        Self::InvalidCursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_counted_in_characters() {
        for text in ["a", "\u{200b}a", &"é".repeat(200), &"👩".repeat(200)] {
            assert!(Title::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["", " \n", "\u{200b}", "\u{200d} \u{2066}", &"a".repeat(201), &"👩".repeat(201)] {
            assert!(Title::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
