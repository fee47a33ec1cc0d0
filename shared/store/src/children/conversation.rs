//! The last messages of a thread, for a model.

use usher_contract::{ClerkUserId, MessageId, Role, ThreadId};

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{CONTENT, ROLE},
        item::take_text,
        row::{Key, SortKeys, messages_of},
    },
};

/// The maximum number of messages that a query reads.
const PAGE: i32 = 100;

/// A message of a conversation, without what a model does not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMessage {
    /// The author.
    pub role: Role,
    /// The text, which is not empty.
    pub content: String,
}

impl Store {
    /// Returns the last messages of a thread before a message, oldest first: as many as have at most `max_chars`
    /// characters together, and at least one. A message without a text is left out. Does not check the user or the
    /// thread: the message before was just stored under the fence.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn list_past_messages(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        before: MessageId,
        max_chars: usize,
    ) -> Result<Vec<PastMessage>, Error> {
        let sort_keys = SortKeys::BeginWith(messages_of(thread));
        let mut from = Some(Key::message(user, thread, before).item());
        let (mut messages, mut left) = (Vec::new(), max_chars);
        while let Some(start) = from {
            let answer = self
                .query_rows(&Key::user(user).pk, &sort_keys)
                .scan_index_forward(false)
                .limit(PAGE)
                .expression_attribute_names("#role", ROLE)
                .projection_expression(format!("#role, {CONTENT}"))
                .set_exclusive_start_key(Some(start))
                .send()
                .await?;
            for mut row in answer.items.unwrap_or_default() {
                let role = Role::try_from(take_text(&mut row, ROLE)?).map_err(|_| Error::Unreadable(ROLE))?;
                let content = take_text(&mut row, CONTENT)?;
                let chars = content.chars().count();
                if chars > left && !messages.is_empty() {
                    messages.reverse();
                    return Ok(messages);
                }
                left = left.saturating_sub(chars);
                if chars > 0 {
                    messages.push(PastMessage { role, content });
                }
            }
            from = answer.last_evaluated_key.filter(|key| !key.is_empty());
        }
        messages.reverse();
        Ok(messages)
    }
}
