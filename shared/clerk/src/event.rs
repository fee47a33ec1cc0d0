//! The body of a webhook delivery.

use std::time::Duration;

use usher_contract::{ClerkSessionId, ClerkUserId, Timestamp};

use crate::{
    raw_object::RawObject,
    session::{Session, SessionError},
    user::{User, UserError, user_id},
};

/// A `timestamp` below this value is in seconds, because 1e11 ms is a day in 1973. Clerk's docs say milliseconds
/// ("Webhooks overview"), but the examples of its OpenAPI show seconds (`webhooks` 2025-04-15).
const SECONDS_BELOW: i64 = 100_000_000_000;

/// A webhook event: the change to the users and their sessions, when it happened, and the instance it comes from.
pub struct Event<'a> {
    /// The type: `user.created`, `session.ended`, …
    pub kind: String,
    /// When the event happened. `None` if the envelope does not say.
    pub timestamp: Option<Timestamp>,
    /// The Clerk instance that sent the event, `ins_…`.
    pub instance_id: Option<String>,
    /// The change to the users and their sessions.
    pub change: Change<'a>,
}

/// The change that an event reports.
pub enum Change<'a> {
    /// `user.created`, `user.updated`: this is the user's new state.
    Upsert(User<'a>),
    /// `user.deleted`: the user no longer exists.
    Delete {
        /// The deleted user.
        id: ClerkUserId,
    },
    /// `session.ended`, `session.removed`, `session.revoked`: no token is minted for the session any more. Clerk has an
    /// event for each way in which a session ends (Clerk's OpenAPI, `webhooks` 2025-04-15), but none if it expires.
    SessionEnded {
        /// The user of the session.
        user: ClerkUserId,
        /// The ended session.
        session: ClerkSessionId,
    },
    /// Any other event changes nothing here.
    None,
}

/// The reason that a body is not a webhook event. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not a JSON object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// `type` is absent or not a string.
    #[error("type is missing or is not a string")]
    NoType,
    /// `data` is absent or null.
    #[error("data is missing")]
    NoData,
    /// `data` is not a user object.
    #[error("data {0}")]
    User(#[from] UserError),
    /// `data` is not a session object.
    #[error("data {0}")]
    Session(#[from] SessionError),
}

impl<'a> Event<'a> {
    /// Parses the body of a delivery. The caller has verified its signature before.
    ///
    /// # Errors
    /// The body is not a JSON object with a `type`. Or the event is about a user and `data` is not an object with an
    /// `id`. Or the event ends a session and `data` is not an object with an `id` and a `user_id`. The id of
    /// `user.deleted` is optional (Clerk's OpenAPI, `webhooks` 2025-04-15, `DeletedObject`), but without it the deleted
    /// user is unknown.
    pub fn parse(body: &'a str) -> Result<Self, EventError> {
        let envelope: RawObject = serde_json::from_str(body).map_err(|_| EventError::NotAnObject)?;
        let kind = envelope.string("type").ok_or(EventError::NoType)?;
        let data = || envelope.get("data").ok_or(EventError::NoData);
        let change = match kind.as_str() {
            "user.created" | "user.updated" => Change::Upsert(User::parse(data()?)?),
            "user.deleted" => Change::Delete { id: deleted_id(data()?)? },
            "session.ended" | "session.removed" | "session.revoked" => {
                let Session { id: session, user_id: user } = Session::parse(data()?)?;
                Change::SessionEnded { user, session }
            }
            _ => Change::None,
        };
        Ok(Self {
            timestamp: envelope.integer("timestamp").map(to_timestamp),
            instance_id: envelope.string("instance_id"),
            kind,
            change,
        })
    }
}

impl Event<'_> {
    /// Returns how long ago the event happened. Returns `None` if its time is unknown, before 1970 or in the future.
    pub fn age(&self) -> Option<Duration> {
        let happened_at = self.timestamp.filter(|at| *at >= Timestamp::from_millis(0))?;
        Timestamp::now().checked_duration_since(happened_at)
    }
}

fn deleted_id(data: &str) -> Result<ClerkUserId, UserError> {
    let object: RawObject = serde_json::from_str(data).map_err(|_| UserError::NotAnObject)?;
    user_id(&object)
}

fn to_timestamp(number: i64) -> Timestamp {
    Timestamp::from_millis(if number < SECONDS_BELOW { number.saturating_mul(1000) } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Event<'_>, String> {
        Event::parse(body).map_err(|error| error.to_string())
    }

    #[test]
    fn a_timestamp_is_read_in_seconds_or_milliseconds() {
        let event = |timestamp: &str| format!(r#"{{"type":"x","timestamp":{timestamp}}}"#);
        let at = |timestamp: &str| parse(&event(timestamp)).unwrap().timestamp.map(Timestamp::as_millis);
        assert_eq!(at("1654012591"), Some(1_654_012_591_000));
        assert_eq!(at("1654012591514"), Some(1_654_012_591_514));
        assert_eq!(at("99999999999"), Some(99_999_999_999_000));
        assert_eq!(at("100000000000"), Some(100_000_000_000));
        assert_eq!(at("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(at("\"soon\""), None);
    }

    #[test]
    fn the_text_of_a_user_is_kept_to_the_byte() {
        let event = parse(r#"{"type":"user.updated","data": {"id":"user_1", "x":1e400 ,"e":"\ud83d😀"} }"#).unwrap();
        let Change::Upsert(user) = event.change else { panic!("no upsert") };
        assert_eq!(user.text(), r#"{"id":"user_1", "x":1e400 ,"e":"\ud83d😀"}"#);
    }

    #[test]
    fn an_error_names_the_unreadable_field() {
        let problem = |body| parse(body).err().unwrap();
        assert_eq!(problem("["), "the body is not a JSON object");
        assert_eq!(problem(r#"{"data":{}}"#), "type is missing or is not a string");
        assert_eq!(problem(r#"{"type":"user.created"}"#), "data is missing");
        assert_eq!(problem(r#"{"type":"user.created","data":{"id":5}}"#), "data has no id that is a string");
        assert_eq!(problem(r#"{"type":"user.deleted","data":{"id":5}}"#), "data has no id that is a string");
    }

    #[test]
    fn three_events_end_a_session() {
        let data = r#"{"object":"session","id":"sess_1","user_id":"user_1","status":"ended","user":{"id":"user_2"}}"#;
        let event = |kind: &str| format!(r#"{{"type":"{kind}","data":{data}}}"#);
        for kind in ["session.ended", "session.removed", "session.revoked"] {
            let body = event(kind);
            let Change::SessionEnded { user, session } = parse(&body).unwrap().change else { panic!("{kind}") };
            assert_eq!((user.as_str(), session.as_str()), ("user_1", "sess_1"));
        }
        for kind in ["session.created", "session.pending", "session.expired", "session", "session.ended.v2"] {
            assert!(matches!(parse(&event(kind)).unwrap().change, Change::None), "{kind}");
        }
    }

    #[test]
    fn an_ended_session_needs_both_ids() {
        for (data, problem) in [
            ("null", "data is missing"),
            ("[]", "data is not a JSON object"),
            (r#"{"user_id":"user_1"}"#, "data has no id that is a string"),
            (r#"{"id":7,"user_id":"user_1"}"#, "data has no id that is a string"),
            (r#"{"id":"user_1","user_id":"user_1"}"#, "data has an id that is not the id of a Clerk session"),
            (r#"{"id":"sess_1"}"#, "data has no user_id that is a string"),
            (r#"{"id":"sess_1","user_id":null}"#, "data has no user_id that is a string"),
            (r#"{"id":"sess_1","user_id":"sess_1"}"#, "data has a user_id that is not the id of a Clerk user"),
        ] {
            let body = format!(r#"{{"type":"session.revoked","data":{data}}}"#);
            assert_eq!(parse(&body).err().unwrap(), problem, "{data}");
        }
    }

    #[test]
    fn a_deletion_needs_an_id_and_other_events_need_no_data() {
        let problem = parse(r#"{"type":"user.deleted","data":{"deleted":true}}"#).err().unwrap();
        assert_eq!(problem, "data has no id that is a string");
        assert!(matches!(parse(r#"{"type":"email.created"}"#).unwrap().change, Change::None));
    }
}
