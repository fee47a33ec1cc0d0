//! What invokes the purge, and what it answers.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use usher_store::Owner;

/// An invocation.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Event {
    /// Records of the table's stream.
    Stream {
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// Anything else: a schedule, or someone by hand.
    Schedule(IgnoredAny),
}

#[derive(Deserialize)]
pub(crate) struct Record {
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    keys: Keys,
    sequence_number: String,
}

#[derive(Deserialize)]
struct Keys {
    pk: Text,
    sk: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// Tombstones that were touched, each once, with the first record of each.
pub(crate) fn owners(records: Vec<Record>) -> Vec<(Owner, String)> {
    let mut owners: Vec<(Owner, String)> = Vec::new();
    for Change { keys, sequence_number } in records.into_iter().map(|record| record.dynamodb) {
        match Owner::of_key(&keys.pk.text, &keys.sk.text) {
            Some(owner) if !owners.iter().any(|(known, _)| *known == owner) => owners.push((owner, sequence_number)),
            _ => {}
        }
    }
    owners
}

/// `ReportBatchItemFailures`: the stream sends the records again from the first that failed, and no others.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Answer {
    /// Names the records of the deletions that failed.
    pub(crate) fn of(records: Vec<(Owner, String)>, failed: &[Owner]) -> Self {
        let failed = records.into_iter().filter(|(owner, _)| failed.contains(owner));
        Self { batch_item_failures: failed.map(|(_, number)| Failure { item_identifier: number }).collect() }
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
    fn a_tombstone_touched_twice_is_one_deletion() {
        let records = [record("user_a", "1"), record("user_b", "2"), record("user_a", "3"), record("", "4")];
        let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        let Event::Stream { records } = serde_json::from_str(&event).unwrap() else { panic!("a stream") };
        let firsts: Vec<_> = owners(records).into_iter().map(|(_, number)| number).collect();
        assert_eq!(firsts, ["1", "2"]);
        for schedule in ["{}", "null", r#"{"detail-type":"Scheduled Event"}"#] {
            assert!(matches!(serde_json::from_str(schedule), Ok(Event::Schedule(_))), "{schedule}");
        }
    }

    #[test]
    fn failures_are_told_as_lambda_wants_them() {
        assert_eq!(serde_json::to_string(&Answer::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
        let records = ["user_a", "user_b"].map(|user| Owner::of_key(&format!("USER#{user}"), "USER").unwrap());
        let records: Vec<_> = records.into_iter().zip(["7".to_owned(), "8".to_owned()]).collect();
        let failed = [records[1].0.clone()];
        let answer = Answer::of(records, &failed);
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"batchItemFailures":[{"itemIdentifier":"8"}]}"#);
    }
}
