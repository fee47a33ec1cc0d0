//! The threads of a user.

use usher_contract::{ClerkUserId, Page, PageLimit, Thread, ThreadId, Timestamp, Title};

use crate::{
    children::{
        idempotency::IdempotentRequest,
        insert::NewRows,
        thread::{id_of, new_thread, retitle, thread_from, thread_row},
    },
    error::Error,
    id::GeneratedId,
    table::{
        Store,
        attribute::{DELETED_AT, TITLE},
        item::Item,
        page::{List, cursor, parse_cursor},
        row::{Key, SortKeys},
        row_kind::RowKind,
    },
    users::liveness::{is_present, present},
};

/// The minimum number of rows that each query of a list reads. A request makes at most four queries. A caller with many
/// tombstones gets short pages, each with a cursor. Later queries read more rows, so that few pages are short.
const ROWS_OF_QUERIES: [usize; 4] = [1, 100, 400, 1600];

impl Store {
    /// Creates a thread.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. The idempotency key was used for another request. Or DynamoDB is
    /// unavailable or refuses.
    pub async fn create_thread(
        &self,
        user: &ClerkUserId,
        title: Option<Title>,
        idempotency: Option<&IdempotentRequest>,
    ) -> Result<Thread, Error> {
        let thread = new_thread(ThreadId::generate(), title);
        let new = NewRows {
            thread: None,
            rows: [thread_row(&thread, user)],
            ids: [thread.id.uuid()],
            place: None,
            idempotency,
        };
        let [id] = self.insert_fenced(user, new).await?;
        let id = ThreadId::from_uuid(id);
        Ok(Thread { id, created_at: id.created_at(), updated_at: id.created_at(), ..thread })
    }

    /// Returns a page of the user's threads, newest first. Takes one round trip unless deleted threads are in the way:
    /// their tombstones stay for at least a day. After 4 queries the page ends, even if it is short or empty.
    ///
    /// # Errors
    /// The cursor belongs to another list. The user is not synced, deleted or banned. Or DynamoDB is unavailable or
    /// refuses.
    pub async fn list_threads(
        &self,
        user: &ClerkUserId,
        limit: PageLimit,
        after: Option<&str>,
    ) -> Result<Page<Thread>, Error> {
        let after = after.map(|after| parse_cursor(after, user, List::Threads)).transpose()?;
        let from = after.map(|[id]| Key::thread(user, ThreadId::from_uuid(id)).item());
        let limit = usize::from(limit.get());
        let (mut threads, read_to) = self.read_for(user, self.threads_below(user, limit + 1, from)).await?;
        let is_full = threads.len() > limit;
        threads.truncate(limit);
        let last = if is_full { threads.last().map(|thread| thread.id) } else { read_to };
        let next_cursor = last.map(|id| cursor(user, List::Threads, [id.uuid()]));
        Ok(Page { items: threads, next_cursor })
    }

    /// Reads threads until `wanted` threads or more are found, or all queries are made. Also returns the id of the last
    /// row that was read, which may be a tombstone, unless that row is the last of the list.
    async fn threads_below(
        &self,
        user: &ClerkUserId,
        wanted: usize,
        mut from: Option<Item>,
    ) -> Result<(Vec<Thread>, Option<ThreadId>), Error> {
        let sort_keys = SortKeys::BeginWith(RowKind::Thread.sort_key_prefix().into());
        let mut threads = Vec::new();
        for rows in ROWS_OF_QUERIES {
            let answer = self
                .query_rows(&Key::user(user).pk, &sort_keys)
                .scan_index_forward(false)
                .filter_expression(format!("attribute_not_exists({DELETED_AT})"))
                .limit(i32::try_from(wanted.max(rows)).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await?;
            for row in answer.items() {
                threads.push(thread_from(row)?);
            }
            from = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() || threads.len() >= wanted {
                break;
            }
        }
        Ok((threads, from.as_ref().map(id_of).transpose()?))
    }

    /// Returns a thread of the user.
    ///
    /// # Errors
    /// There is no such thread. The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn get_thread(&self, user: &ClerkUserId, id: ThreadId) -> Result<Thread, Error> {
        let key = Key::thread(user, id);
        thread_from(&present(self.read_for(user, self.get(&key)).await?)?)
    }

    /// Sets the title of a thread that has none. Returns `false` if it has one, which a user may have given meanwhile, or
    /// if the thread is deleted.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn title_thread(&self, user: &ClerkUserId, id: ThreadId, title: &Title) -> Result<bool, Error> {
        let mut transaction = self.fenced_transaction(user)?;
        let update = retitle(user, id, Timestamp::now(), Some(title));
        let condition = format!("{} AND attribute_not_exists({TITLE})", is_present());
        transaction.update(update.condition_expression(condition))?;
        Ok(transaction.commit().await?.is_ok())
    }

    /// Sets or removes the title of a thread.
    ///
    /// # Errors
    /// There is no such thread. The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn update_thread(&self, user: &ClerkUserId, id: ThreadId, title: Option<Title>) -> Result<Thread, Error> {
        let updated_at = Timestamp::now();
        let mut transaction = self.fenced_transaction(user)?;
        let update = transaction.update(retitle(user, id, updated_at, title.as_ref()))?;
        match transaction.commit().await? {
            Ok(()) => Ok(Thread { id, title: title.map(Into::into), created_at: id.created_at(), updated_at }),
            Err(mut cancellation) => {
                Err(cancellation.failed(update).map_or_else(|| cancellation.unexplained(), |_| Error::NotFound))
            }
        }
    }
}
