//! Writing what belongs to a user: fenced, so that nothing appears after its owner was deleted, and once.

use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use usher_clerk::{ClerkUserId, Timestamp};
use uuid::Uuid;

use crate::{
    children::idempotency::IdempotentRequest,
    error::Error,
    id::ThreadId,
    table::{
        Store,
        item::{Item, millis, seconds},
        row::Key,
        transaction::{Outcome, Refusal},
    },
    users::liveness::{ALIVE, BANNED, admitted},
};

/// The place of the user's fence in every transaction.
const USER: usize = 0;

/// The rows that one request makes.
pub(crate) struct NewRows<'a> {
    /// The thread they belong to; it must be alive, and is newer for them.
    pub(crate) thread: Option<ThreadId>,
    pub(crate) items: Vec<Item>,
    /// Their ids: the answer to the request.
    pub(crate) ids: Vec<Uuid>,
    pub(crate) request: Option<&'a IdempotentRequest>,
}

impl Store {
    /// Writes new rows, or finds that the same request wrote them before; answers the ids either way.
    pub(crate) async fn create(&self, user: &ClerkUserId, rows: NewRows<'_>) -> Result<Vec<Uuid>, Error> {
        let now = Timestamp::now();
        let mut actions = vec![self.user_fence(user)?];
        if let Some(request) = rows.request {
            actions.push(self.first_of(request.item(user, &rows.ids, now), now)?);
        }
        let thread = actions.len();
        if let Some(id) = rows.thread {
            actions.push(self.update_thread_row(user, id, "SET updated_at = :now", [(":now", millis(now))])?);
        }
        for item in rows.items {
            let put = Put::builder().table_name(&self.table).set_item(Some(item)).build()?;
            actions.push(TransactWriteItem::builder().put(put).build());
        }
        let Outcome::Refused(mut refusal) = self.transact(actions).await? else {
            return Ok(rows.ids);
        };
        check_user(&mut refusal)?;
        match (rows.request, refusal.failed(1)) {
            (Some(request), Some(Some(first))) => request.first_answer(&first),
            _ if rows.thread.is_some() && refusal.failed(thread).is_some() => Err(Error::NotFound),
            _ => Err(Error::Unreadable("pk")),
        }
    }

    /// The user must be known, not deleted and not banned when the transaction commits.
    pub(crate) fn user_fence(&self, user: &ClerkUserId) -> Result<TransactWriteItem, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(Key::user(user).item()))
            .condition_expression(format!("{ALIVE} AND attribute_not_exists({BANNED})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// A change of a thread that must be alive.
    pub(crate) fn update_thread_row<const N: usize>(
        &self,
        user: &ClerkUserId,
        thread: ThreadId,
        expression: &str,
        values: [(&str, aws_sdk_dynamodb::types::AttributeValue); N],
    ) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::thread(user, thread).item()))
            .update_expression(expression)
            .condition_expression(ALIVE)
            .set_expression_attribute_values(Some(
                values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The row of a request, unless one is there that has not expired: DynamoDB removes expired rows only in time.
    fn first_of(&self, item: Item, now: Timestamp) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", seconds(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Says what the fence of the user found, if that is why a transaction was refused.
pub(crate) fn check_user(refusal: &mut Refusal) -> Result<(), Error> {
    match refusal.failed(USER) {
        None => Ok(()),
        Some(row) => admitted(row).map(drop),
    }
}
