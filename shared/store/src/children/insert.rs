//! Inserting rows that belong to a user: under the user's fence, and once for each idempotent request.

use aws_sdk_dynamodb::types::builders::PutBuilder;
use usher_contract::{ClerkUserId, ThreadId, Timestamp};
use uuid::Uuid;

use crate::{
    children::{idempotency::IdempotentRequest, thread::touch},
    error::Error,
    table::{Store, item::Item, write::ConditionFailed},
};

/// The rows that one request creates.
pub(crate) struct NewRows<'a, const N: usize> {
    /// The thread the rows belong to. It must exist. Its `updated_at` is set to now.
    pub(crate) thread: Option<ThreadId>,
    pub(crate) rows: [Item; N],
    /// The ids of the rows.
    pub(crate) ids: [Uuid; N],
    /// The write that takes a place for a reply, under the condition that the place is free.
    pub(crate) place: Option<PutBuilder>,
    pub(crate) idempotency: Option<&'a IdempotentRequest>,
}

impl Store {
    /// Inserts rows in one transaction and returns their ids. If the same idempotent request has inserted rows before,
    /// inserts nothing and returns the ids of those.
    pub(crate) async fn insert_fenced<const N: usize>(
        &self,
        user: &ClerkUserId,
        new: NewRows<'_, N>,
    ) -> Result<[Uuid; N], Error> {
        let now = Timestamp::now();
        let mut transaction = self.fenced_transaction(user)?;
        let first = match new.idempotency {
            Some(idempotency) => Some((idempotency, transaction.put(idempotency.put(user, &new.ids, now))?)),
            None => None,
        };
        let thread = new.thread.map(|thread| transaction.update(touch(user, thread, now))).transpose()?;
        let place = new.place.map(|place| transaction.put(place)).transpose()?;
        for row in new.rows {
            transaction.put(PutBuilder::default().set_item(Some(row)))?;
        }
        let Err(mut cancellation) = transaction.commit().await? else {
            return Ok(new.ids);
        };
        if let Some((idempotency, first)) = first
            && let Some(ConditionFailed { row: Some(row) }) = cancellation.failed(first)
        {
            return idempotency.first_answer(&row);
        }
        if thread.and_then(|thread| cancellation.failed(thread)).is_some() {
            return Err(Error::NotFound);
        }
        match place.and_then(|place| cancellation.failed(place)) {
            Some(_) => Err(Error::TooManyReplies),
            None => Err(cancellation.unexplained()),
        }
    }
}
