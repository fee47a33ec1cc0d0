//! A stream record in the format in which Lambda sends it.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::account::REGION;

/// Returns a member of `Records` in the event.
pub(super) fn record_event(record: &Record, stream_arn: &str) -> Value {
    let mut change = Map::new();
    if let Some(stream) = record.dynamodb() {
        if let Some(time) = stream.approximate_creation_date_time() {
            change.insert("ApproximateCreationDateTime".to_owned(), json!(time.as_secs_f64()));
        }
        let images = [("Keys", stream.keys()), ("NewImage", stream.new_image()), ("OldImage", stream.old_image())];
        for (name, item) in images.into_iter().filter_map(|(name, item)| Some((name, item?))) {
            change.insert(name.to_owned(), image(item));
        }
        change.insert("SequenceNumber".to_owned(), json!(stream.sequence_number()));
        change.insert("SizeBytes".to_owned(), json!(stream.size_bytes()));
        change.insert("StreamViewType".to_owned(), json!(stream.stream_view_type().map(|view| view.as_str())));
    }
    let mut event = json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str()),
        "eventVersion": record.event_version().unwrap_or("1.1"),
        "eventSource": "aws:dynamodb",
        // The record's field is not used, because each engine writes its own name into it.
        "awsRegion": REGION,
        "dynamodb": change,
        "eventSourceARN": stream_arn,
    });
    // Only records of expired rows have an identity. dynoxide writes the names of its members in lower case, so the SDK
    // finds no value.
    if let Some(identity) = record.user_identity() {
        let (kind, id) = (identity.r#type().unwrap_or("Service"), identity.principal_id());
        event["userIdentity"] = json!({"type": kind, "principalId": id.unwrap_or("dynamodb.amazonaws.com")});
    }
    event
}

/// A whole item.
fn image(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &AttributeValue) -> Value {
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(bytes) => json!({"B": base64(bytes.as_ref())}),
        AttributeValue::Bool(value) => json!({"BOOL": value}),
        AttributeValue::Null(value) => json!({"NULL": value}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(list) => json!({"BS": list.iter().map(|bytes| base64(bytes.as_ref())).collect::<Vec<_>>()}),
        AttributeValue::L(list) => json!({"L": list.iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::M(item) => json!({"M": image(item)}),
        // A type that this version of the SDK does not know.
        _ => json!({"NULL": true}),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::{
        primitives::{Blob, DateTime},
        types::{Identity, OperationType, StreamRecord, StreamViewType},
    };

    use super::*;

    #[test]
    fn a_record_has_the_format_of_lambda() {
        let change = StreamRecord::builder()
            .approximate_creation_date_time(DateTime::from_secs(1_700_000_000))
            .keys("pk", AttributeValue::S("a".to_owned()))
            .old_image("b", AttributeValue::B(Blob::new("hi")))
            .old_image(
                "m",
                AttributeValue::M([("n".to_owned(), AttributeValue::L(vec![AttributeValue::Bool(true)]))].into()),
            )
            .sequence_number("111")
            .size_bytes(26)
            .stream_view_type(StreamViewType::NewAndOldImages)
            .build();
        let record = Record::builder()
            .event_id("1")
            .event_name(OperationType::Remove)
            .dynamodb(change)
            .user_identity(Identity::builder().r#type("Service").principal_id("dynamodb.amazonaws.com").build())
            .build();
        let expected = json!({
            "eventID": "1",
            "eventName": "REMOVE",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_700_000_000.0,
                "Keys": {"pk": {"S": "a"}},
                "OldImage": {"b": {"B": "aGk="}, "m": {"M": {"n": {"L": [{"BOOL": true}]}}}},
                "SequenceNumber": "111",
                "SizeBytes": 26,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": "arn:x",
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        });
        assert_eq!(record_event(&record, "arn:x"), expected);
    }
}
