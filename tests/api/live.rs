//! Live updates: what changes here, changes there.

mod changes;
mod closing;
mod convergence;
mod cost;
mod handshake;
mod hello;

use serde_json::{Value, json};

/// A record of a changed row, as the stream delivers it.
fn record(user: &str, sk: String, number: usize) -> Value {
    json!({
        "eventName": "MODIFY", "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {"pk": {"S": format!("USER#{user}")}, "sk": {"S": sk}},
            "NewImage": {}, "SequenceNumber": number.to_string()
        }
    })
}
