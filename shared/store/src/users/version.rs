//! The order of the versions of a user. The rule is written twice in this file and nowhere else: as the condition of
//! the write ([`UserVersion::newer_than_row`]) and as the order of [`UserVersion`].
//!
//! Versions are ordered by Clerk's `updated_at`, then by the time of the event, then by the id of the message. The
//! times of two events may be equal, because Clerk may write them in whole seconds, as in the
//! examples of its OpenAPI specs. Then the message id decides. Each
//! message has an id, a repeat has the same id, and the row holds it. So every order of arrival ends in the same row,
//! and a repeat is recognized. Svix makes the id from the time of the message, so the later of two messages usually
//! wins, but Svix does not guarantee that. A hash of the content would also break a tie, but would pick the winner at
//! random.
//!
//! A user fetched from the Backend API has no event and no message, and is older than every webhook with the same
//! `updated_at`, whatever the clocks say. Two fetches with the same `updated_at` are the same version.

use std::time::Duration;

use usher_contract::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        attribute::{DELETED_AT, EVENT_AT, SVIX_ID, UPDATED_AT},
        item::{Item, get_millis, get_text, millis, text},
    },
};

/// The maximum lead of a time from Clerk over the clock here. A later time is not used, because a user with an
/// `updated_at` that is years ahead would ignore every change until then.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// The origin of a version of a user.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A webhook.
    Webhook {
        /// When the event happened. `None` if Clerk does not say.
        event_at: Option<Timestamp>,
        /// The id of the message.
        svix_id: &'a str,
    },
    /// Clerk's Backend API, fetched now.
    BackendApi,
}

/// A version of a user. The greater version is newer. Equal versions are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserVersion {
    updated_at: Timestamp,
    /// `None` for a user fetched from the Backend API. `None` is less than any message.
    message: Option<WebhookMessage>,
}

/// The webhook that brought a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct WebhookMessage {
    event_at: Timestamp,
    svix_id: String,
}

/// The version of a user object from Clerk.
#[derive(Debug)]
pub(crate) struct NewVersion {
    pub(crate) version: UserVersion,
    /// `true` if a time from Clerk was more than a day ahead and was not used.
    has_unused_time: bool,
}

impl NewVersion {
    /// Returns the version of a user object. Clerk guarantees neither `updated_at` nor the time of the event. The time
    /// of the event is not used if it is more than a day ahead of `now`. `updated_at` is not used if it is more than a
    /// day ahead of the event. If one of the two is missing, the other one is used. If both are missing, `now` is used.
    pub(crate) fn new(user: &usher_clerk::User<'_>, source: Source<'_>, now: Timestamp) -> Self {
        let (sent_at, svix_id) = match source {
            Source::Webhook { event_at, svix_id } => (event_at, Some(svix_id)),
            Source::BackendApi => (None, None),
        };
        let event_at = sent_at.filter(|at| !is_ahead(*at, now));
        // A repeat of a message must give the same version, so `updated_at` is compared with the message's own time.
        let updated_at = user.updated_at().filter(|at| !is_ahead(*at, event_at.unwrap_or(now)));
        let has_unused_time = event_at != sent_at || updated_at != user.updated_at();
        let event_at = event_at.or(updated_at).unwrap_or(now);
        let updated_at = updated_at.unwrap_or(event_at);
        let message = svix_id.map(|svix_id| WebhookMessage { event_at, svix_id: svix_id.to_owned() });
        Self { version: UserVersion { updated_at, message }, has_unused_time }
    }

    /// Logs a time that was not used.
    pub(crate) fn log_unused_times(&self, user: &ClerkUserId) {
        if self.has_unused_time {
            tracing::warn!(%user, "a time from Clerk is more than a day ahead and is not used");
        }
    }
}

impl UserVersion {
    /// Reads the version of a row that is not a tombstone.
    pub(crate) fn of_row(row: &Item) -> Result<Self, Error> {
        let message = |svix_id: &str| {
            Ok::<_, Error>(WebhookMessage { event_at: get_millis(row, EVENT_AT)?, svix_id: svix_id.to_owned() })
        };
        let message = get_text(row, SVIX_ID).map(message).transpose()?;
        Ok(Self { updated_at: get_millis(row, UPDATED_AT)?, message })
    }

    /// Returns the time of the event, or `None` for a user fetched from the Backend API.
    pub(crate) fn event_at(&self) -> Option<Timestamp> {
        self.message.as_ref().map(|message| message.event_at)
    }

    /// Returns whether both times are equal. If an instance has two webhook endpoints, each event comes as two
    /// messages. If the content is equal as well, both messages are about one event.
    pub(crate) fn has_times_of(&self, other: &Self) -> bool {
        self.updated_at == other.updated_at && self.event_at() == other.event_at()
    }

    /// Returns the attributes of a row with this version.
    pub(crate) fn attributes(&self) -> Item {
        let mut item = Item::from([
            (UPDATED_AT.into(), millis(self.updated_at)),
            (EVENT_AT.into(), millis(self.event_at().unwrap_or(self.updated_at))),
        ]);
        if let Some(message) = &self.message {
            item.insert(SVIX_ID.into(), text(&message.svix_id));
        }
        item
    }

    /// Returns the condition under which this version replaces a row, and the values of the condition. The row of a
    /// deleted user is never replaced.
    pub(crate) fn newer_than_row(&self) -> (String, Item) {
        let mut values = Item::from([(":u".into(), millis(self.updated_at))]);
        let Some(message) = &self.message else {
            return (format!("attribute_not_exists({DELETED_AT}) AND {UPDATED_AT} < :u"), values);
        };
        values.extend([(":e".into(), millis(message.event_at)), (":s".into(), text(&message.svix_id))]);
        let condition = format!(
            "attribute_not_exists({DELETED_AT}) AND ({UPDATED_AT} < :u OR {UPDATED_AT} = :u \
             AND (attribute_not_exists({SVIX_ID}) OR {EVENT_AT} < :e OR {EVENT_AT} = :e AND {SVIX_ID} < :s))"
        );
        (condition, values)
    }
}

fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at > now.saturating_add(MAX_AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_message_has_the_same_version_at_any_time() {
        const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
        let too_late = NOW.saturating_add(MAX_AHEAD + Duration::from_secs(12));
        let ahead = format!(r#"{{"id":"user_1","updated_at":{}}}"#, too_late.as_millis());
        let user = usher_clerk::User::parse(&ahead).unwrap();
        let source = Source::Webhook { event_at: Some(NOW), svix_id: "msg_a" };
        let version = |now| NewVersion::new(&user, source, now).version;
        let at_once = version(NOW);
        assert_eq!(at_once.updated_at, NOW);
        for later in [Duration::from_secs(20), MAX_AHEAD, 30 * MAX_AHEAD] {
            assert_eq!(version(NOW.saturating_add(later)), at_once);
        }
    }
}
