//! The messages of a thread.

use tokio::try_join;
use usher_contract::{ClerkUserId, CreateMessage, Message, MessageId, Page, PageLimit, ThreadId};
use uuid::Uuid;

use crate::{
    children::{
        idempotency::IdempotentRequest,
        insert::NewRows,
        message::{created, message_row, response_bytes, take_message},
    },
    error::Error,
    id::GeneratedId,
    table::{
        Store,
        page::{List, cursor, parse_cursor},
        row::{Key, SortKeys, messages_of},
    },
    users::liveness::{LIVENESS, present},
};

/// The maximum size of a page, in bytes of the response as Lambda counts them. Lambda allows 6 MB. DynamoDB returns at
/// most 1 MB of rows at once, and escaping turns one byte into up to 7. A list of threads stays far below: it has at
/// most 100 titles of 200 characters.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

impl Store {
    /// Adds a message to a thread.
    ///
    /// # Errors
    /// There is no such thread. The user is not synced, deleted or banned. The idempotency key was used for another
    /// request. Or DynamoDB is unavailable or refuses.
    pub async fn create_message(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        message: CreateMessage,
        idempotency: Option<&IdempotentRequest>,
    ) -> Result<Message, Error> {
        let [message] = self.add_messages(user, thread, [message], idempotency).await?;
        Ok(message)
    }

    /// Adds a message of the user and the assistant's answer, both or neither.
    ///
    /// # Errors
    /// As [`Store::create_message`].
    pub async fn create_exchange(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        exchange: [CreateMessage; 2],
        idempotency: Option<&IdempotentRequest>,
    ) -> Result<[Message; 2], Error> {
        self.add_messages(user, thread, exchange, idempotency).await
    }

    async fn add_messages<const N: usize>(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        messages: [CreateMessage; N],
        idempotency: Option<&IdempotentRequest>,
    ) -> Result<[Message; N], Error> {
        let ids: [Uuid; N] = std::array::from_fn(|_| MessageId::generate().uuid());
        let rows = std::array::from_fn(|n| message_row(&messages[n], user, thread, MessageId::from_uuid(ids[n])));
        let ids =
            self.insert_fenced(user, NewRows { thread: Some(thread), rows, ids, place: None, idempotency }).await?;
        let mut ids = ids.into_iter();
        Ok(messages.map(|message| created(message, thread, MessageId::from_uuid(ids.next().unwrap_or_default()))))
    }

    /// Returns a page of a thread's messages, oldest first. The page ends early if the response would be too large for
    /// Lambda.
    ///
    /// # Errors
    /// The cursor belongs to another list. There is no such thread. The user is not synced, deleted or banned. Or
    /// DynamoDB is unavailable or refuses.
    pub async fn list_messages(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        limit: PageLimit,
        after: Option<&str>,
    ) -> Result<Page<Message>, Error> {
        let list = List::Messages(thread);
        let after = after.map(|after| parse_cursor(after, user, list)).transpose()?;
        let from = after.map(|[id]| Key::message(user, thread, MessageId::from_uuid(id)).item());
        let thread_key = Key::thread(user, thread);
        let limit = usize::from(limit.get());
        let query = self
            .query_rows(&thread_key.pk, &SortKeys::BeginWith(messages_of(thread)))
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from);
        let read = async { try_join!(self.get_attributes(&thread_key, &LIVENESS), async { Ok(query.send().await?) }) };
        let (thread_row, page) = self.read_for(user, read).await?;
        present(thread_row)?;

        let mut rows = page.items.unwrap_or_default();
        self.refresh_leases(user, &mut rows).await?;
        let found = rows.len();
        let mut items = Vec::with_capacity(found);
        let mut size = 0;
        for row in rows.into_iter().take(limit) {
            let message = take_message(thread, row)?;
            size += response_bytes(&message);
            // One message always fits.
            if size > MAX_PAGE_BYTES && !items.is_empty() {
                break;
            }
            items.push(message);
        }
        let more = page.last_evaluated_key.is_some() || found > items.len();
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|message| cursor(user, list, [message.id.uuid()]));
        Ok(Page { items, next_cursor })
    }
}
