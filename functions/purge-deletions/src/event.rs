//! The events that start the purge.

use serde::{Deserialize, de::IgnoredAny};
use usher_runtime::{BatchResponse, StreamRecord};
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

/// A deleted owner, and the sequence number of its first record.
pub(crate) type WokenOwner = (Owner, String);

/// Returns the owners whose tombstones changed, each once.
pub(crate) fn woken_owners(records: &[StreamRecord]) -> Vec<WokenOwner> {
    let mut owners: Vec<WokenOwner> = Vec::new();
    for record in records {
        let (pk, sk) = record.key();
        match Owner::of_key(pk, sk) {
            Some(owner) if !owners.iter().any(|(known, _)| *known == owner) => {
                owners.push((owner, record.sequence_number().to_owned()));
            }
            _ => {}
        }
    }
    owners
}

/// Reports the first records of the failed owners.
pub(crate) fn response(woken: Vec<WokenOwner>, failed: &[Owner]) -> BatchResponse {
    let failed = woken.into_iter().filter(|(owner, _)| failed.contains(owner));
    BatchResponse::failed(failed.map(|(_, sequence_number)| sequence_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(user: &str, sequence_number: &str) -> String {
        format!(
            r#"{{"eventID":"1","eventName":"MODIFY","dynamodb":{{"Keys":{{"pk":{{"S":"USER#{user}"}},"sk":{{"S":"USER"}}}},"SequenceNumber":"{sequence_number}"}}}}"#
        )
    }

    #[test]
    fn a_tombstone_with_two_records_is_purged_once() {
        let records = [record("user_a", "1"), record("user_b", "2"), record("user_a", "3"), record("", "4")];
        let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        let PurgeEvent::Stream { records } = serde_json::from_str(&event).unwrap() else { panic!("not a stream") };
        let woken = woken_owners(&records);
        assert_eq!(woken.iter().map(|(_, number)| number.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        let failed = [woken[1].0.clone()];
        let response = serde_json::to_string(&response(woken, &failed)).unwrap();
        assert_eq!(response, r#"{"batchItemFailures":[{"itemIdentifier":"2"}]}"#);
    }

    #[test]
    fn an_event_without_records_is_of_the_schedule() {
        for schedule in ["{}", "null", r#"{"detail-type":"Scheduled Event"}"#] {
            assert!(matches!(serde_json::from_str(schedule), Ok(PurgeEvent::Schedule(_))), "{schedule}");
        }
    }
}
