//! The table's stream: the records that it delivers, and the response to it.

use serde::{Deserialize, Serialize};
use usher_contract::ClerkUserId;
use usher_store::{RowId, RowImage};

/// The principal of a deletion by DynamoDB's time to live (DynamoDB's docs, "DynamoDB Streams and Time to Live").
const TIME_TO_LIVE: &str = "dynamodb.amazonaws.com";

/// A change of one row.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamRecord {
    event_name: EventName,
    #[serde(default)]
    user_identity: Option<UserIdentity>,
    dynamodb: StreamChange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum EventName {
    Insert,
    Modify,
    Remove,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(default)]
    principal_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamChange {
    keys: RecordKeys,
    sequence_number: String,
    #[serde(default)]
    new_image: RowImage,
}

#[derive(Debug, Deserialize)]
struct RecordKeys {
    pk: StringAttribute,
    sk: StringAttribute,
}

#[derive(Debug, Deserialize)]
struct StringAttribute {
    #[serde(rename = "S")]
    text: String,
}

impl StreamRecord {
    /// Returns the partition key and the sort key of the row.
    pub fn key(&self) -> (&str, &str) {
        (&self.dynamodb.keys.pk.text, &self.dynamodb.keys.sk.text)
    }

    /// Returns the user whose row it is, and the row. Returns `None` for a row of no user.
    pub fn row(&self) -> Option<(ClerkUserId, RowId)> {
        let (pk, sk) = self.key();
        RowId::of_key(pk, sk)
    }

    /// Returns the row after the change. It has no state if the row was removed.
    pub fn new_image(&self) -> &RowImage {
        &self.dynamodb.new_image
    }

    /// Returns whether the row is new.
    pub fn is_insertion(&self) -> bool {
        self.event_name == EventName::Insert
    }

    /// Returns whether the row was removed.
    pub fn is_removal(&self) -> bool {
        self.event_name == EventName::Remove
    }

    /// Returns whether DynamoDB removed the row because its time to live had ended.
    pub fn is_expiry(&self) -> bool {
        self.is_removal() && self.user_identity.as_ref().is_some_and(|user| user.principal_id == TIME_TO_LIVE)
    }

    /// Returns the number that identifies the record in its shard.
    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }
}

/// The response to the stream (Lambda's `ReportBatchItemFailures`). The stream sends the records again from the first
/// failed one on.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

impl BatchResponse {
    /// Reports the records with these sequence numbers as failed.
    pub fn failed(sequence_numbers: impl IntoIterator<Item = String>) -> Self {
        let failures = sequence_numbers.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(change: impl FnOnce(&mut Value)) -> StreamRecord {
        let mut record = json!({
            "eventID": "1", "eventName": "MODIFY", "userIdentity": null,
            "dynamodb": {
                "Keys": {"pk": {"S": "USER#user_1"}, "sk": {"S": "USER"}},
                "NewImage": {"pk": {"S": "USER#user_1"}, "deleted_at": {"N": "1"}}, "SequenceNumber": "7"
            }
        });
        change(&mut record);
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn a_record_names_its_row_and_its_change() {
        let tombstone = record(|_| {});
        assert_eq!(tombstone.row(), Some((ClerkUserId::parse("user_1").unwrap(), RowId::User)));
        assert!(tombstone.new_image().is_tombstone() && !tombstone.is_insertion() && !tombstone.is_removal());
        assert_eq!(tombstone.sequence_number(), "7");
        let removed = record(|record| record["eventName"] = "REMOVE".into());
        assert!(removed.is_removal() && !removed.is_expiry());
        let expired = record(|record| {
            record["eventName"] = "REMOVE".into();
            record["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        });
        assert!(expired.is_expiry());
    }

    #[test]
    fn failures_have_the_names_that_lambda_expects() {
        assert_eq!(serde_json::to_string(&BatchResponse::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
        let response = BatchResponse::failed(["8".to_owned()]);
        assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[{"itemIdentifier":"8"}]}"#);
    }
}
