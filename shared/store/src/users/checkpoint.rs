//! How far a long job has come, so that another invocation goes on from there.

use aws_sdk_dynamodb::{operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure};

use crate::{
    error::Error,
    table::{
        Store,
        item::{get_number, get_text, number, take_text, text},
        retry::while_contended,
        row::Key,
    },
};

/// What a job has written down. Belongs to no user, and holds nothing of one but ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Goes up by one with each writing; 0 before the first.
    pub version: u64,
    /// The job's own words; empty before the first.
    pub state: String,
}

impl Store {
    /// What a job has last written down.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn get_checkpoint(&self, job: &str) -> Result<Checkpoint, Error> {
        let Some(mut row) = self.get(&key(job), None).await? else {
            return Ok(Checkpoint::default());
        };
        let version = u64::try_from(get_number(&row, "version")?).map_err(|_| Error::Unreadable("version"))?;
        Ok(Checkpoint { version, state: take_text(&mut row, "state")? })
    }

    /// Writes down what follows `last`; answers the new checkpoint. A repeat of a writing whose answer was lost counts as
    /// that writing.
    ///
    /// # Errors
    /// [`Error::VersionMismatch`]: someone else has written since. Or DynamoDB is unavailable or refuses.
    pub async fn save_checkpoint(&self, job: &str, last: &Checkpoint, state: String) -> Result<Checkpoint, Error> {
        let next = Checkpoint { version: last.version + 1, state };
        let mut row = key(job).item();
        row.extend([("version".into(), number(next.version)), ("state".into(), text(&next.state))]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row));
        let put = if last.version == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("#version = :last")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":last", number(last.version))
        };
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match while_contended(|| put.clone().send()).await {
            Ok(_) => Ok(next),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    let kept = failed.item().and_then(|row| get_text(row, "state"));
                    if kept == Some(&next.state) { Ok(next) } else { Err(Error::VersionMismatch) }
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn key(job: &str) -> Key {
    Key { pk: format!("CHECKPOINT#{job}"), sk: "CHECKPOINT".into() }
}
