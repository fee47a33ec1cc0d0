//! Webhook events.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    object::Object,
    user::{User, UserError, user_id},
    user_id::ClerkUserId,
};

/// Below this a `timestamp` is in seconds: Clerk's documentation says milliseconds, the examples of its
/// specification show seconds, and 1e11 ms was in 1973.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// A webhook event: what it does to users, and when and where it arose.
pub struct Event<'a> {
    /// `user.created`, `session.ended`, …
    pub kind: String,
    /// When the event arose, in milliseconds; `None` where the envelope does not say.
    pub timestamp: Option<i64>,
    /// `ins_…`: the Clerk instance that sent it.
    pub instance_id: Option<String>,
    /// What it means here.
    pub change: Change<'a>,
}

/// What an event does to the copy of the users.
pub enum Change<'a> {
    /// `user.created`, `user.updated`: the user is now this.
    Upsert(User<'a>),
    /// `user.deleted`.
    Delete {
        /// Who was deleted.
        id: ClerkUserId,
    },
    /// Any other event.
    None,
}

/// A body that is no webhook event. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not a JSON object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// `type` is absent or no string.
    #[error("type is missing or no string")]
    NoType,
    /// `data` is absent or null.
    #[error("data is missing")]
    NoData,
    /// `data` is no user.
    #[error("data {0}")]
    User(#[from] UserError),
}

impl<'a> Event<'a> {
    /// Reads the body of a delivery, whose signature was verified before.
    ///
    /// # Errors
    /// The body is no JSON object with a `type`; or, of a user event, `data` is no object with an `id`. Clerk's schema lets
    /// the id of `user.deleted` be absent, but then nobody knows who was deleted.
    pub fn parse(body: &'a str) -> Result<Self, EventError> {
        let envelope: Object = serde_json::from_str(body).map_err(|_| EventError::NotAnObject)?;
        let kind = envelope.string("type").ok_or(EventError::NoType)?;
        let data = || envelope.get("data").ok_or(EventError::NoData);
        let change = match kind.as_str() {
            "user.created" | "user.updated" => Change::Upsert(User::parse(data()?)?),
            "user.deleted" => Change::Delete { id: deleted_id(data()?)? },
            _ => Change::None,
        };
        Ok(Self {
            timestamp: envelope.integer("timestamp").map(milliseconds),
            instance_id: envelope.string("instance_id"),
            kind,
            change,
        })
    }
}

impl Event<'_> {
    /// How long ago the event arose; nothing where the clocks disagree.
    pub fn age(&self) -> Option<Duration> {
        let arose = UNIX_EPOCH + Duration::from_millis(u64::try_from(self.timestamp?).ok()?);
        SystemTime::now().duration_since(arose).ok()
    }
}

fn deleted_id(data: &str) -> Result<ClerkUserId, UserError> {
    let object: Object = serde_json::from_str(data).map_err(|_| UserError::NotAnObject)?;
    user_id(&object)
}

fn milliseconds(timestamp: i64) -> i64 {
    if timestamp < SECONDS_BELOW { timestamp.saturating_mul(1000) } else { timestamp }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Event<'_>, String> {
        Event::parse(body).map_err(|error| error.to_string())
    }

    #[test]
    fn a_timestamp_is_read_in_seconds_or_milliseconds() {
        let at = |timestamp: &str| parse(&format!(r#"{{"type":"x","timestamp":{timestamp}}}"#)).unwrap().timestamp;
        assert_eq!(at("1654012591"), Some(1_654_012_591_000));
        assert_eq!(at("1654012591514"), Some(1_654_012_591_514));
        assert_eq!(at("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(at("\"soon\""), None);
    }

    #[test]
    fn the_users_text_is_kept_to_the_byte() {
        let event = parse(r#"{"type":"user.updated","data": {"id":"user_1", "x":1e400 ,"e":"\ud83d😀"} }"#).unwrap();
        let Change::Upsert(user) = event.change else { panic!("no upsert") };
        assert_eq!(user.text(), r#"{"id":"user_1", "x":1e400 ,"e":"\ud83d😀"}"#);
    }

    #[test]
    fn what_is_unreadable_is_named() {
        let problem = |body| parse(body).err().unwrap();
        assert_eq!(problem("["), "the body is not a JSON object");
        assert_eq!(problem(r#"{"data":{}}"#), "type is missing or no string");
        assert_eq!(problem(r#"{"type":"user.created"}"#), "data is missing");
        assert_eq!(problem(r#"{"type":"user.created","data":{"id":5}}"#), "data has no id that is a string");
        assert_eq!(problem(r#"{"type":"user.deleted","data":{"id":5}}"#), "data has no id that is a string");
    }

    #[test]
    fn a_deletion_must_say_whose_and_other_events_need_no_data() {
        let problem = parse(r#"{"type":"user.deleted","data":{"deleted":true}}"#).err().unwrap();
        assert_eq!(problem, "data has no id that is a string");
        assert!(matches!(parse(r#"{"type":"email.created"}"#).unwrap().change, Change::None));
    }
}
