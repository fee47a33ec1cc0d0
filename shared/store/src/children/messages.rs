//! The messages of a thread.

use tokio::try_join;
use usher_clerk::ClerkUserId;
use uuid::Uuid;

use crate::{
    children::{
        child::NewRows,
        idempotency::IdempotentRequest,
        message::{Message, NewMessage},
    },
    error::Error,
    id::{GeneratedId, MessageId, ThreadId},
    table::{
        Store,
        item::text,
        page::{List, Page, PageLimit, cursor, parse_cursor},
        row::{Key, messages_of},
    },
    users::liveness::{STATE, admitted, alive},
};

/// Where a page of messages ends early, in bytes of the answer as Lambda counts them. Lambda takes 6 MB; a page of rows has
/// 1 MB, and escaping makes up to 7 bytes of one. Lists of threads cannot get near: 100 titles of 200 characters.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

impl Store {
    /// Adds a message to a thread.
    ///
    /// # Errors
    /// There is no such thread; the user is not synced, deleted or banned; the key of the request was used for another; or
    /// DynamoDB is unavailable or refuses.
    pub async fn create_message(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        message: NewMessage,
        request: Option<&IdempotentRequest>,
    ) -> Result<Message, Error> {
        let [message] = self.add_messages(user, thread, [message], request).await?;
        Ok(message)
    }

    /// Adds what a user said and what the assistant answered, both or neither.
    ///
    /// # Errors
    /// As [`Store::create_message`].
    pub async fn create_exchange(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        exchange: [NewMessage; 2],
        request: Option<&IdempotentRequest>,
    ) -> Result<[Message; 2], Error> {
        self.add_messages(user, thread, exchange, request).await
    }

    async fn add_messages<const N: usize>(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        messages: [NewMessage; N],
        request: Option<&IdempotentRequest>,
    ) -> Result<[Message; N], Error> {
        let ids: [Uuid; N] = std::array::from_fn(|_| MessageId::generate().uuid());
        let items = messages
            .iter()
            .zip(ids)
            .map(|(message, id)| message.item(user, thread, MessageId::from_uuid(id)))
            .collect();
        let rows = NewRows { thread: Some(thread), items, ids: ids.to_vec(), request };
        let ids = self.create(user, rows).await?;
        let ids: [Uuid; N] = ids.try_into().map_err(|_| Error::Unreadable("answer"))?;
        let mut ids = ids.into_iter();
        Ok(messages.map(|message| message.written(thread, MessageId::from_uuid(ids.next().unwrap_or_default()))))
    }

    /// A page of a thread's messages, oldest first. It ends early where the answer would get too large for Lambda.
    ///
    /// # Errors
    /// The cursor is of another list; there is no such thread; the user is not synced, deleted or banned; or DynamoDB is
    /// unavailable or refuses.
    pub async fn list_messages(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        limit: PageLimit,
        after: Option<&str>,
    ) -> Result<Page<Message>, Error> {
        let list = List::Messages(thread);
        let after = after.map(|after| parse_cursor(after, user, list)).transpose()?;
        let from = after.map(|id| Key::message(user, thread, MessageId::from_uuid(id)).item());
        let (user_key, thread_key) = (Key::user(user), Key::thread(user, thread));
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(&user_key.pk))
            .expression_attribute_values(":sk", text(messages_of(thread)))
            .limit(i32::try_from(limit.get() + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from);
        let (user_row, thread_row, page) =
            try_join!(self.get(&user_key, Some(STATE)), self.get(&thread_key, Some(STATE)), async {
                Ok(page.send().await?)
            })?;
        admitted(user_row)?;
        alive(thread_row).map_err(|_| Error::NotFound)?;

        let rows = page.items.unwrap_or_default();
        let found = rows.len();
        let mut items = Vec::with_capacity(found);
        let mut size = 0;
        for row in rows.into_iter().take(limit.get()) {
            let message = Message::take_from(thread, row)?;
            size += message.answer_bytes();
            // One message always fits.
            if size > MAX_PAGE_BYTES && !items.is_empty() {
                break;
            }
            items.push(message);
        }
        let more = page.last_evaluated_key.is_some() || found > items.len();
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|message| cursor(user, list, message.id.uuid()));
        Ok(Page { items, next_cursor })
    }
}
