//! The replies in a thread: beginning, reading, taking over and stopping one.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use tokio::try_join;
use usher_contract::{ClerkUserId, CreateMessage, Message, MessageId, MessageStatus, Model, Role, ThreadId, Timestamp};

use crate::{
    children::{
        idempotency::IdempotentRequest,
        insert::NewRows,
        message::{message_row, status_of, take_message},
        reply_lease::{has_writer, place_of, renew},
        reply_pace::ReplyPace,
        reply_place::{LEASE, ReplyPlace, free_places},
        reply_writer::ReplyWriter,
    },
    error::Error,
    id::GeneratedId,
    table::{
        Store,
        attribute::{CONTENT, CREATED_AT, LEASED_BY, LEASED_UNTIL, MODEL, REPLY_PLACE, REPLY_STATUS, ROLE},
        item::{Item, get_millis, get_text, insert_text, millis, number, text},
        row::Key,
    },
    users::liveness::{LIVENESS, present},
};

/// A reply that a request has begun.
#[derive(Debug)]
pub struct BegunReply {
    /// The message that the reply answers.
    pub user_message: MessageId,
    /// The reply.
    pub id: MessageId,
    /// `None` if the same idempotent request has begun the reply before.
    pub writer: Option<ReplyWriter>,
}

impl Store {
    /// Adds a message of the user and an empty reply to it, both or neither, and returns the right to write the reply.
    /// Takes a query, which finds a free place, then a transaction. If other requests take the place meanwhile, takes a
    /// transaction for each further place.
    ///
    /// # Errors
    /// There is no such thread. The user is not synced, deleted or banned, or has no free place. The idempotency key was
    /// used for another request. Or DynamoDB is unavailable or refuses.
    pub async fn begin_reply(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        message: &CreateMessage,
        model: &Model,
        idempotency: Option<&IdempotentRequest>,
    ) -> Result<BegunReply, Error> {
        let mut places = free_places(&self.taken_reply_places(user).await?, Timestamp::now());
        if places.is_empty() {
            // A repeat of an earlier request needs no place, and only the transaction knows a repeat.
            places.push(0);
        }
        for place in places {
            let place = ReplyPlace::new(place);
            let ids = [MessageId::generate(), MessageId::generate()];
            let now = Timestamp::now();
            let new = NewRows {
                thread: Some(thread),
                rows: [message_row(message, user, thread, ids[0]), reply_row(user, thread, ids[1], model, &place, now)],
                ids: ids.map(MessageId::uuid),
                place: Some(place.take(user, now)),
                idempotency,
            };
            match self.insert_fenced(user, new).await {
                Err(Error::TooManyReplies) => {}
                Err(error) => return Err(error),
                Ok(stored) => {
                    let [user_message, id] = stored.map(MessageId::from_uuid);
                    let writer = (id == ids[1]).then(|| writer(user, thread, id, place, String::new()));
                    return Ok(BegunReply { user_message, id, writer });
                }
            }
        }
        Err(Error::TooManyReplies)
    }

    /// Returns a message of a thread.
    ///
    /// # Errors
    /// There is no such thread or message. The user is not synced, deleted or banned. Or DynamoDB is unavailable or
    /// refuses.
    pub async fn get_message(&self, user: &ClerkUserId, thread: ThreadId, id: MessageId) -> Result<Message, Error> {
        take_message(thread, self.message_item_with_lease(user, thread, id).await?)
    }

    /// Takes an interrupted reply over, and returns the right to go on with it. Returns `None` if it is not interrupted,
    /// or another process was faster.
    ///
    /// # Errors
    /// As [`Store::begin_reply`].
    pub async fn take_over_reply(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        id: MessageId,
    ) -> Result<Option<ReplyWriter>, Error> {
        let (mut row, taken) = try_join!(self.message_item(user, thread, id), self.taken_reply_places(user))?;
        if !has_writer(&row) {
            return Ok(None);
        }
        let (before, stored_until) = (place_of(&row)?, get_millis(&row, LEASED_UNTIL)?);
        let own = taken.iter().find(|taken| taken.place == before);
        if let Some(own) = own {
            renew(&mut row, own)?;
        }
        if status_of(&row)? != MessageStatus::Interrupted {
            return Ok(None);
        }
        let content = get_text(&row, CONTENT).ok_or(Error::Unreadable(CONTENT))?;
        // A writer that was only slow goes on if it still has its place. So the place is taken from it.
        let places = match own {
            Some(own) => vec![own.place.number],
            None => free_places(&taken, Timestamp::now()),
        };
        for place in places {
            let place = ReplyPlace::new(place);
            let now = Timestamp::now();
            let mut transaction = self.fenced_transaction(user)?;
            let taken = transaction.put(place.take(user, now))?;
            transaction.update(
                update_of_writer(user, thread, id, &before.writer)
                    .update_expression(format!(
                        "SET {LEASED_BY} = :new, {LEASED_UNTIL} = :until, {REPLY_PLACE} = :place"
                    ))
                    // Each write changes the lease, so the text is still the one that was read.
                    .condition_expression(format!("{LEASED_BY} = :writer AND {LEASED_UNTIL} = :stored_until"))
                    .expression_attribute_values(":stored_until", millis(stored_until))
                    .expression_attribute_values(":new", text(&place.writer))
                    .expression_attribute_values(":until", millis(now.saturating_add(LEASE)))
                    .expression_attribute_values(":place", number(place.number)),
            )?;
            let Err(mut cancellation) = transaction.commit().await? else {
                return Ok(Some(writer(user, thread, id, place, content.to_owned())));
            };
            if own.is_some() || cancellation.failed(taken).is_none() {
                return Ok(None);
            }
        }
        Err(Error::TooManyReplies)
    }

    /// Stops a reply. Its writer learns that from its next write, or from [`Store::check_reply`]. A reply that has ended
    /// stays as it is.
    ///
    /// # Errors
    /// There is no such thread or message, or the message is not a reply. The user is not synced, deleted or banned. Or
    /// DynamoDB is unavailable or refuses.
    pub async fn stop_reply(&self, user: &ClerkUserId, thread: ThreadId, id: MessageId) -> Result<(), Error> {
        loop {
            let row = self.message_item_with_lease(user, thread, id).await?;
            if !row.contains_key(REPLY_STATUS) {
                return Err(Error::NotFound);
            }
            if !has_writer(&row) {
                return Ok(());
            }
            let (status, place) = (status_of(&row)?, place_of(&row)?);
            let mut transaction = self.fenced_transaction(user)?;
            transaction.update(
                update_of_writer(user, thread, id, &place.writer)
                    .update_expression(format!(
                        "SET {REPLY_STATUS} = :stopped REMOVE {LEASED_BY}, {LEASED_UNTIL}, {REPLY_PLACE}"
                    ))
                    .expression_attribute_values(":stopped", text(MessageStatus::Stopped.as_str())),
            )?;
            if status == MessageStatus::Streaming {
                transaction.delete(place.give_back(user))?;
            } else {
                // After its lease the place may belong to another reply.
                self.give_reply_place_back(user, &place).await?;
            }
            if transaction.commit().await?.is_ok() {
                return Ok(());
            }
            // The reply has ended or has another writer since. Each look finds a later state.
        }
    }

    /// Reads the row of a message as it is, or for a reply that grows slowly, with the lease of its place.
    async fn message_item_with_lease(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        id: MessageId,
    ) -> Result<Item, Error> {
        let mut row = self.message_item(user, thread, id).await?;
        self.refresh_leases(user, std::slice::from_mut(&mut row)).await?;
        Ok(row)
    }

    /// Reads the row of a message, in parallel with its thread and its user.
    async fn message_item(&self, user: &ClerkUserId, thread: ThreadId, id: MessageId) -> Result<Item, Error> {
        let (thread_key, key) = (Key::thread(user, thread), Key::message(user, thread, id));
        let read = async { try_join!(self.get_attributes(&thread_key, &LIVENESS), self.get(&key)) };
        let (thread_row, row) = self.read_for(user, read).await?;
        present(thread_row)?;
        present(row)
    }
}

fn writer(user: &ClerkUserId, thread: ThreadId, id: MessageId, place: ReplyPlace, stored: String) -> ReplyWriter {
    ReplyWriter { user: user.clone(), thread, id, place, pace: ReplyPace::new(stored.len()), stored }
}

/// Begins an update of a reply, under the condition that this is its writer.
fn update_of_writer(user: &ClerkUserId, thread: ThreadId, id: MessageId, writer: &str) -> UpdateBuilder {
    UpdateBuilder::default()
        .set_key(Some(Key::message(user, thread, id).item()))
        .condition_expression(format!("{LEASED_BY} = :writer"))
        .expression_attribute_values(":writer", text(writer))
}

/// Returns the row of a new reply, which is empty.
fn reply_row(
    user: &ClerkUserId,
    thread: ThreadId,
    id: MessageId,
    model: &Model,
    place: &ReplyPlace,
    now: Timestamp,
) -> Item {
    let mut row = Key::message(user, thread, id).item();
    row.extend([
        (ROLE.into(), text(Role::Assistant.as_str())),
        (CONTENT.into(), text("")),
        (CREATED_AT.into(), millis(id.created_at())),
        (REPLY_STATUS.into(), text(MessageStatus::Streaming.as_str())),
        (REPLY_PLACE.into(), number(place.number)),
        (LEASED_BY.into(), text(&place.writer)),
        (LEASED_UNTIL.into(), millis(now.saturating_add(LEASE))),
    ]);
    insert_text(&mut row, MODEL, Some(model.as_str()));
    row
}
