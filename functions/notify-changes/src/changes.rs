//! What a batch of stream records means for the live connections of each user.

use std::collections::{BTreeSet, HashMap};

use usher_contract::{
    ClerkUserId,
    live::{ChangeKey, CloseReason},
};
use usher_runtime::StreamRecord;
use usher_store::{ConnectionId, RowId};

/// The changes of one user in a batch.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) user: ClerkUserId,
    /// The sequence number of the user's first record.
    pub(crate) first_record: String,
    /// What the user's clients must read again.
    pub(crate) keys: BTreeSet<ChangeKey>,
    /// The reason to close all connections, by the last record of the user's own row.
    pub(crate) close_all: Option<CloseReason>,
    /// The Clerk sessions that have ended.
    pub(crate) ended_sessions: BTreeSet<String>,
    /// Whether a connection is new. It needs a look at all of them, and at the user and the session.
    pub(crate) has_new_connection: bool,
    /// The connections whose rows were removed, and whether their leases had ended.
    pub(crate) removed: Vec<(ConnectionId, bool)>,
}

impl Changes {
    fn new(user: ClerkUserId, first_record: &str) -> Self {
        Self {
            user,
            first_record: first_record.to_owned(),
            keys: BTreeSet::new(),
            close_all: None,
            ended_sessions: BTreeSet::new(),
            has_new_connection: false,
            removed: Vec::new(),
        }
    }

    /// Adds a record. Only the changed row itself says what has changed, and never another row of its transaction,
    /// because DynamoDB applies and reports the rows of a transaction one by one.
    fn add(&mut self, record: &StreamRecord, row: RowId) {
        match row {
            RowId::Connection(id) if record.is_removal() => self.removed.push((id, record.is_expiry())),
            // A removed row went with its user, or was a tombstone whose time to live had ended.
            _ if record.is_removal() => {}
            RowId::User if record.new_image().is_tombstone() => self.close_all = Some(CloseReason::UserDeleted),
            RowId::User if record.new_image().is_banned() => self.close_all = Some(CloseReason::UserBanned),
            RowId::User => {
                self.close_all = None;
                self.keys.insert(ChangeKey::User);
            }
            RowId::Session(id) => drop(self.ended_sessions.insert(id)),
            RowId::Settings => drop(self.keys.insert(ChangeKey::Settings)),
            RowId::Thread(thread) => {
                self.keys.extend([ChangeKey::Threads, ChangeKey::Thread(thread)]);
                // Its messages are hidden with it, and the stream's filter leaves out their removal.
                if record.new_image().is_tombstone() {
                    self.keys.insert(ChangeKey::Messages(thread));
                }
            }
            RowId::Message(thread) => drop(self.keys.insert(ChangeKey::Messages(thread))),
            RowId::Connection(_) => self.has_new_connection = true,
            RowId::Reply | RowId::Request => {}
        }
    }
}

/// Returns the changes of each user, in the order of their first records.
pub(crate) fn changes_by_user(records: &[StreamRecord]) -> Vec<Changes> {
    let mut all: Vec<Changes> = Vec::new();
    let mut places = HashMap::new();
    for record in records {
        let Some((user, row)) = record.row() else { continue };
        let place = *places.entry(user).or_insert_with_key(|user| {
            all.push(Changes::new(user.clone(), record.sequence_number()));
            all.len() - 1
        });
        if let Some(changes) = all.get_mut(place) {
            changes.add(record, row);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const THREAD: &str = "0192f0c1-2345-7abc-8def-0123456789ab";

    fn changes(records: &[(&str, &str, &str, Value)]) -> Vec<Changes> {
        let records = records.iter().enumerate().map(|(number, (event, user, sk, image))| {
            let mut record = json!({
                "eventName": event,
                "dynamodb": {
                    "Keys": {"pk": {"S": format!("USER#{user}")}, "sk": {"S": sk}},
                    "SequenceNumber": number.to_string()
                }
            });
            // The record of a removal has no new image.
            if !image.is_null() {
                record["dynamodb"]["NewImage"] = image.clone();
            }
            serde_json::from_value(record).unwrap()
        });
        changes_by_user(&records.collect::<Vec<_>>())
    }

    fn keys(changes: &Changes) -> Vec<String> {
        changes.keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_row_says_what_has_changed() {
        let thread = format!("THREAD#{THREAD}");
        let message = format!("MESSAGE#{THREAD}#{THREAD}");
        for (sk, expected) in [
            ("USER", vec!["user".to_owned()]),
            ("SETTINGS", vec!["settings".to_owned()]),
            (&thread, vec!["threads".to_owned(), format!("threads/{THREAD}")]),
            (&message, vec![format!("threads/{THREAD}/messages")]),
            ("REPLY#1", vec![]),
            ("REQUEST#1", vec![]),
        ] {
            for event in ["INSERT", "MODIFY"] {
                let changes = changes(&[(event, "user_1", sk, json!({}))]);
                assert_eq!(keys(&changes[0]), expected, "{sk}");
                assert_eq!(changes[0].close_all, None);
            }
        }
    }

    #[test]
    fn a_deleted_thread_takes_its_messages_along() {
        let changes = changes(&[("MODIFY", "user_1", &format!("THREAD#{THREAD}"), json!({"deleted_at": {"N": "1"}}))]);
        let expected = ["threads".to_owned(), format!("threads/{THREAD}"), format!("threads/{THREAD}/messages")];
        assert_eq!(keys(&changes[0]), expected);
    }

    #[test]
    fn the_records_of_a_user_become_one_message() {
        let changes = changes(&[
            ("INSERT", "user_1", "SETTINGS", json!({})),
            ("MODIFY", "user_2", "USER", json!({})),
            ("MODIFY", "user_1", "USER", json!({})),
        ]);
        let seen: Vec<_> = changes.iter().map(|changes| (changes.first_record.as_str(), keys(changes))).collect();
        assert_eq!(seen, [("0", vec!["settings".to_owned(), "user".to_owned()]), ("1", vec!["user".to_owned()])]);
    }

    #[test]
    fn the_last_state_of_a_user_decides() {
        let (deleted, banned) = (json!({"deleted_at": {"N": "1"}}), json!({"banned": {"BOOL": true}}));
        let last = |states: &[&Value]| {
            let records: Vec<_> = states.iter().map(|state| ("MODIFY", "user_1", "USER", (*state).clone())).collect();
            changes(&records)[0].close_all
        };
        assert_eq!(last(&[&banned]), Some(CloseReason::UserBanned));
        assert_eq!(last(&[&banned, &json!({})]), None);
        assert_eq!(last(&[&banned, &deleted]), Some(CloseReason::UserDeleted));
    }

    #[test]
    fn ends_of_sessions_and_connections_are_collected() {
        let changes = changes(&[
            ("INSERT", "user_1", "SESSION#sess_1", json!({})),
            ("REMOVE", "user_1", "CONNECTION#a=", Value::Null),
            ("INSERT", "user_1", "CONNECTION#b=", json!({})),
            ("REMOVE", "user_1", "SESSION#sess_0", Value::Null),
        ]);
        assert_eq!(changes[0].ended_sessions, BTreeSet::from(["sess_1".to_owned()]));
        assert!(changes[0].has_new_connection);
        assert_eq!(changes[0].removed, [(ConnectionId::parse("a=").unwrap(), false)]);
        assert!(keys(&changes[0]).is_empty());
    }
}
