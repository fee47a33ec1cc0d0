//! The progress of a long job, so that the next invocation can continue it.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{STATE, VERSION},
        item::{get_count, get_text, number, take_text, text},
        row::Key,
        write::{ConditionFailed, has_version, write_if},
    },
};

/// The saved progress of a job. Its row belongs to no user and holds no data of a user but ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of saves. 0 before the first.
    pub version: u64,
    /// The state in the job's own format. Empty before the first save.
    pub state: String,
}

impl Store {
    /// Returns the last checkpoint of a job.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn get_checkpoint(&self, job: &str) -> Result<Checkpoint, Error> {
        let Some(mut row) = self.get(&key(job)).await? else {
            return Ok(Checkpoint::default());
        };
        Ok(Checkpoint { version: get_count(&row, VERSION)?, state: take_text(&mut row, STATE)? })
    }

    /// Saves the state that follows `last`, and returns the new checkpoint. A repeated save succeeds, because the
    /// caller may have lost the first response.
    ///
    /// # Errors
    /// Returns [`Error::VersionMismatch`] if another invocation has saved since. Or DynamoDB is unavailable or refuses.
    pub async fn save_checkpoint(&self, job: &str, last: &Checkpoint, state: String) -> Result<Checkpoint, Error> {
        let next = Checkpoint { version: last.version + 1, state };
        let mut row = key(job).item();
        row.extend([(VERSION.into(), number(next.version)), (STATE.into(), text(&next.state))]);
        let (condition, values) = has_version(last.version);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match write_if(|| put.clone().send()).await? {
            Ok(_) => Ok(next),
            Err(ConditionFailed { row }) if row.as_ref().and_then(|row| get_text(row, STATE)) == Some(&next.state) => {
                Ok(next)
            }
            Err(_) => Err(Error::VersionMismatch),
        }
    }
}

fn key(job: &str) -> Key {
    Key { pk: format!("CHECKPOINT#{job}"), sk: "CHECKPOINT".into() }
}
