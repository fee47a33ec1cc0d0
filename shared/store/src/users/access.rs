//! Reads and writes for a user who may use the API. The user is checked here, so that no caller can forget it.

use aws_sdk_dynamodb::types::{
    ReturnValuesOnConditionCheckFailure,
    builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder},
};
use tokio::try_join;
use usher_contract::ClerkUserId;

use crate::{
    error::Error,
    table::{
        Store,
        row::Key,
        transaction::{Action, Cancellation, Transaction},
    },
    users::liveness::{LIVENESS, admitted, is_admitted},
};

/// A transaction that commits only if the user may use the API at that moment.
pub(crate) struct FencedTransaction<'a> {
    transaction: Transaction<'a>,
    fence: Action,
}

impl Store {
    /// Reads rows in parallel with the user's own row.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Then the result of `read` is dropped. Or one of the reads fails.
    pub(crate) async fn read_for<T>(
        &self,
        user: &ClerkUserId,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let key = Key::user(user);
        let (row, found) = try_join!(self.get_attributes(&key, &LIVENESS), read)?;
        admitted(row)?;
        Ok(found)
    }

    /// Begins a transaction with the fence of a user.
    pub(crate) fn fenced_transaction(&self, user: &ClerkUserId) -> Result<FencedTransaction<'_>, Error> {
        let mut transaction = self.transaction();
        let fence = transaction.check(
            ConditionCheckBuilder::default()
                .set_key(Some(Key::user(user).item()))
                .condition_expression(is_admitted())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
        )?;
        Ok(FencedTransaction { transaction, fence })
    }
}

impl FencedTransaction<'_> {
    pub(crate) fn check(&mut self, check: ConditionCheckBuilder) -> Result<Action, Error> {
        self.transaction.check(check)
    }

    pub(crate) fn put(&mut self, put: PutBuilder) -> Result<Action, Error> {
        self.transaction.put(put)
    }

    pub(crate) fn delete(&mut self, delete: DeleteBuilder) -> Result<Action, Error> {
        self.transaction.delete(delete)
    }

    pub(crate) fn update(&mut self, update: UpdateBuilder) -> Result<Action, Error> {
        self.transaction.update(update)
    }

    /// Executes all actions or none. If another condition than the fence failed, returns the cancellation.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub(crate) async fn commit(self) -> Result<Result<(), Cancellation>, Error> {
        let Err(mut cancellation) = self.transaction.commit().await? else {
            return Ok(Ok(()));
        };
        if let Some(failed) = cancellation.failed(self.fence) {
            admitted(failed.row)?;
        }
        Ok(Err(cancellation))
    }
}
