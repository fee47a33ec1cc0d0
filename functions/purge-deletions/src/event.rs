//! The events that start the purge, and the response to the stream.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use usher_store::Owner;

/// The event of an invocation.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum PurgeEvent {
    /// Records of the table's stream.
    Stream {
        #[serde(rename = "Records")]
        records: Vec<StreamRecord>,
    },
    /// Any other event: from the schedule, or a manual invocation.
    Schedule(IgnoredAny),
}

#[derive(Deserialize)]
pub(crate) struct StreamRecord {
    dynamodb: StreamChange,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamChange {
    keys: RecordKeys,
    sequence_number: String,
}

#[derive(Deserialize)]
struct RecordKeys {
    pk: StringAttribute,
    sk: StringAttribute,
}

#[derive(Deserialize)]
struct StringAttribute {
    #[serde(rename = "S")]
    text: String,
}

/// A deleted owner, and the sequence number of its first record.
pub(crate) type WokenOwner = (Owner, String);

/// Returns the owners whose tombstones changed, each once.
pub(crate) fn woken_owners(records: Vec<StreamRecord>) -> Vec<WokenOwner> {
    let mut owners: Vec<WokenOwner> = Vec::new();
    for StreamChange { keys, sequence_number } in records.into_iter().map(|record| record.dynamodb) {
        match Owner::of_key(&keys.pk.text, &keys.sk.text) {
            Some(owner) if !owners.iter().any(|(known, _)| *known == owner) => owners.push((owner, sequence_number)),
            _ => {}
        }
    }
    owners
}

/// The response to the stream (Lambda's `ReportBatchItemFailures`). The stream sends the records again from the first
/// failed one on.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

impl BatchResponse {
    /// Reports the first records of the failed owners.
    pub(crate) fn new(woken: Vec<WokenOwner>, failed: &[Owner]) -> Self {
        let failed = woken.into_iter().filter(|(owner, _)| failed.contains(owner));
        let failures = failed.map(|(_, sequence_number)| BatchItemFailure { item_identifier: sequence_number });
        Self { batch_item_failures: failures.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(user: &str, sequence_number: &str) -> String {
        format!(
            r#"{{"eventID":"1","dynamodb":{{"Keys":{{"pk":{{"S":"USER#{user}"}},"sk":{{"S":"USER"}}}},"SequenceNumber":"{sequence_number}"}}}}"#
        )
    }

    #[test]
    fn a_tombstone_with_two_records_is_purged_once() {
        let records = [record("user_a", "1"), record("user_b", "2"), record("user_a", "3"), record("", "4")];
        let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        let PurgeEvent::Stream { records } = serde_json::from_str(&event).unwrap() else { panic!("not a stream") };
        let firsts: Vec<_> = woken_owners(records).into_iter().map(|(_, number)| number).collect();
        assert_eq!(firsts, ["1", "2"]);
        for schedule in ["{}", "null", r#"{"detail-type":"Scheduled Event"}"#] {
            assert!(matches!(serde_json::from_str(schedule), Ok(PurgeEvent::Schedule(_))), "{schedule}");
        }
    }

    #[test]
    fn failures_have_the_names_that_lambda_expects() {
        assert_eq!(serde_json::to_string(&BatchResponse::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
        let owners = ["user_a", "user_b"].map(|user| Owner::of_key(&format!("USER#{user}"), "USER").unwrap());
        let woken: Vec<_> = owners.into_iter().zip(["7".to_owned(), "8".to_owned()]).collect();
        let failed = [woken[1].0.clone()];
        let response = BatchResponse::new(woken, &failed);
        assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[{"itemIdentifier":"8"}]}"#);
    }
}
