//! An event as it would have been some time ago.

use serde_json::Value;

/// Returns the body of an event with all its times moved back: the time of the event, and every time of its objects.
/// What an app keeps in metadata stays as it is.
pub(crate) fn with_age(body: &[u8], age_seconds: i64) -> Vec<u8> {
    let Ok(mut event) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    let age_ms = age_seconds * 1000;
    if let Some(timestamp) = event.get_mut("timestamp") {
        move_back(timestamp, age_ms);
    }
    if let Some(data) = event.get_mut("data") {
        move_times_back(data, age_ms);
    }
    event.to_string().into_bytes()
}

fn move_times_back(value: &mut Value, age_ms: i64) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut().filter(|(name, _)| !name.ends_with("_metadata")) {
                if name.ends_with("_at") && value.is_i64() {
                    move_back(value, age_ms);
                } else {
                    move_times_back(value, age_ms);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| move_times_back(value, age_ms)),
        _ => {}
    }
}

/// Moves a time in milliseconds since the epoch.
fn move_back(time: &mut Value, age_ms: i64) {
    if let Some(ms) = time.as_i64() {
        *time = (ms - age_ms).into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_time_of_an_event_is_older_and_nothing_else_changes() {
        let event = |age: i64| {
            json!({
                "data": {
                    "id": "user_1",
                    "created_at": 1_700_000_000_000_i64 - age,
                    "last_sign_in_at": null,
                    "email_addresses": [{"id": "idn_1", "updated_at": 1_700_000_000_001_i64 - age}],
                    "public_metadata": {"joined_at": 5, "more": {"left_at": 6}},
                    "verification_attempts_remaining": 100,
                },
                "timestamp": 1_700_000_000_002_i64 - age,
                "type": "user.updated",
            })
        };
        let old = with_age(event(0).to_string().as_bytes(), 2);
        assert_eq!(serde_json::from_slice::<Value>(&old).unwrap(), event(2_000));
    }
}
