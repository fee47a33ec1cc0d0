//! Which of two versions of a user is newer. The rule is here and nowhere else: the condition of the write that keeps a
//! version ([`UserVersion::newer_than_row`]) and the order of [`UserVersion`] say the same.
//!
//! Versions are ordered by Clerk's `updated_at`, then by the time of the event, then by the id of the message. The times
//! of two events may be equal, because Clerk may write them in whole seconds. The message id settles what is left. Each
//! message has one, a repeat has the same one, and it is in the row already. So all orders of arrival end in the same
//! row, and a repeat is known as one. Svix makes the id from the time of the message, so the later of two messages
//! usually wins, but Svix does not promise that. A hash of the content would settle a tie as well, but by chance.
//!
//! A user fetched from the Backend API has no event and no message, and is older than every webhook with the same
//! `updated_at`, whatever the clocks say. Two fetches with the same `updated_at` are the same version.

use std::time::Duration;

use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::item::{Item, get_millis, get_text, millis, text},
};

/// How far a time of Clerk's may be ahead of the clock here. A later time is not used: a user whose
/// `updated_at` is years ahead would ignore every change until then.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// The attributes of a row that [`UserVersion::of_row`] reads.
pub(crate) const VERSION: &str = "updated_at, event_at, svix_id";

/// Where a version of a user comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A webhook.
    Webhook {
        /// When the event arose, as far as it is known.
        event_at: Option<Timestamp>,
        /// The id of the message.
        svix_id: &'a str,
    },
    /// Clerk's Backend API, asked just now.
    BackendApi,
}

/// A version of a user. The greater one is newer; equal ones are the same version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserVersion {
    updated_at: Timestamp,
    /// `None` for a user fetched from the Backend API. `None` is less than any message.
    message: Option<Message>,
}

/// The webhook that brought a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    event_at: Timestamp,
    svix_id: String,
}

impl UserVersion {
    /// Returns the version of a user object. Clerk guarantees neither `updated_at` nor the time of the event. The
    /// time of the event is not used if it is more than a day ahead of `now`. `updated_at` is not used if it is more than a
    /// day ahead of the event. If one of the two is missing, the other one is used; if both are
    /// missing, `now` is used.
    pub(crate) fn new(user: &usher_clerk::User<'_>, source: Source<'_>, now: Timestamp) -> Self {
        let updated_at = |now| user.updated_at().filter(|at| is_believable(*at, now, user.id()));
        let Source::Webhook { event_at, svix_id } = source else {
            return Self { updated_at: updated_at(now).unwrap_or(now), message: None };
        };
        let event_at = event_at.filter(|at| is_believable(*at, now, user.id()));
        // A message says the same whenever it arrives, so it is compared with its own time.
        let updated_at = updated_at(event_at.unwrap_or(now));
        let event_at = event_at.or(updated_at).unwrap_or(now);
        Self {
            updated_at: updated_at.unwrap_or(event_at),
            message: Some(Message { event_at, svix_id: svix_id.to_owned() }),
        }
    }

    /// Reads the version of a row that is not a tombstone.
    pub(crate) fn of_row(row: &Item) -> Result<Self, Error> {
        let message = |svix_id: &str| {
            Ok::<_, Error>(Message { event_at: get_millis(row, "event_at")?, svix_id: svix_id.to_owned() })
        };
        let message = get_text(row, "svix_id").map(message).transpose()?;
        Ok(Self { updated_at: get_millis(row, "updated_at")?, message })
    }

    /// The time of the event. `None` for a user fetched from the Backend API.
    pub(crate) fn event_at(&self) -> Option<Timestamp> {
        self.message.as_ref().map(|message| message.event_at)
    }

    /// Returns `true` if both times are equal. With two endpoints at Clerk each event comes as two messages: if the
    /// content is equal as well, both told of one event.
    pub(crate) fn has_times_of(&self, other: &Self) -> bool {
        self.updated_at == other.updated_at && self.event_at() == other.event_at()
    }

    /// The attributes of the version's row.
    pub(crate) fn attributes(&self) -> Item {
        let mut item = Item::from([
            ("updated_at".into(), millis(self.updated_at)),
            ("event_at".into(), millis(self.event_at().unwrap_or(self.updated_at))),
        ]);
        if let Some(message) = &self.message {
            item.insert("svix_id".into(), text(&message.svix_id));
        }
        item
    }

    /// Returns the condition under which this version replaces a row, and the values that the condition names. The row of
    /// a deleted user is never replaced.
    pub(crate) fn newer_than_row(&self) -> (&'static str, Item) {
        let mut values = Item::from([(":u".into(), millis(self.updated_at))]);
        let Some(message) = &self.message else {
            return ("attribute_not_exists(deleted_at) AND updated_at < :u", values);
        };
        values.extend([(":e".into(), millis(message.event_at)), (":s".into(), text(&message.svix_id))]);
        let condition = "attribute_not_exists(deleted_at) AND (updated_at < :u OR updated_at = :u \
            AND (attribute_not_exists(svix_id) OR event_at < :e OR event_at = :e AND svix_id < :s))";
        (condition, values)
    }
}

fn is_believable(at: Timestamp, now: Timestamp, user: &ClerkUserId) -> bool {
    let is_believable = at <= now.saturating_add(MAX_AHEAD);
    if !is_believable {
        tracing::warn!(%user, "a time of Clerk's is more than a day ahead and is not used");
    }
    is_believable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_the_same_whenever_it_arrives() {
        const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
        let too_late = NOW.saturating_add(MAX_AHEAD + Duration::from_secs(12));
        let ahead = format!(r#"{{"id":"user_1","updated_at":{}}}"#, too_late.as_millis());
        let user = usher_clerk::User::parse(&ahead).unwrap();
        let version = |now| UserVersion::new(&user, Source::Webhook { event_at: Some(NOW), svix_id: "msg_a" }, now);
        let at_once = version(NOW);
        assert_eq!(at_once.updated_at, NOW);
        for later in [Duration::from_secs(20), MAX_AHEAD, 30 * MAX_AHEAD] {
            assert_eq!(version(NOW.saturating_add(later)), at_once);
        }
    }
}
