//! The records of the table's stream, and the keys in them.

use arbitrary::Arbitrary;
use serde_json::{Value, json};
use usher_runtime::StreamRecord;
use usher_store::{Owner, RowId};

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

const THREAD: &str = "0192f0c1-2345-7abc-8def-0123456789ab";
/// The beginnings of sort keys, and what is almost one.
const SORT_KEYS: [&str; 12] = [
    "CONNECTION#",
    "MESSAGE#",
    "REPLY#",
    "REQUEST#",
    "SESSION#",
    "SETTINGS",
    "THREAD#",
    "USER",
    "USER#",
    "THREAD",
    "",
    "#",
];

/// A sort key.
#[derive(Debug, Clone, Arbitrary)]
struct SortKey {
    beginning: u8,
    has_thread: bool,
    rest: String,
}

impl SortKey {
    fn text(&self) -> String {
        let beginning = SORT_KEYS[usize::from(self.beginning) % SORT_KEYS.len()];
        format!("{beginning}{}{}", if self.has_thread { THREAD } else { "" }, self.rest)
    }
}

fn record() -> Value {
    json!({
        "eventID": "1", "eventName": "REMOVE", "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": {
            "Keys": {"pk": {"S": "USER#user_1"}, "sk": {"S": format!("THREAD#{THREAD}")}}, "SequenceNumber": "7",
            "NewImage": {"deleted_at": {"N": "1"}, "content": {"S": "text"}, "banned": {"BOOL": true}}
        }
    })
}

fn assert_key(pk: &str, sk: &str) {
    let owner = Owner::of_key(pk, sk);
    let Some((user, row)) = RowId::of_key(pk, sk) else {
        assert_eq!(owner, None, "{pk} {sk}");
        return;
    };
    // The row is in the partition of the user, and of nobody else.
    assert_eq!(pk, format!("USER#{user}"));
    let expected = match row {
        RowId::User => Some(Owner::User(user)),
        RowId::Thread(thread) => {
            assert_eq!(sk, format!("THREAD#{thread}"));
            Some(Owner::Thread(user, thread))
        }
        RowId::Message(thread) => {
            assert!(sk.starts_with(&format!("MESSAGE#{thread}")), "{sk}");
            None
        }
        RowId::Connection(_) | RowId::Reply | RowId::Request | RowId::Session(_) | RowId::Settings => None,
    };
    assert_eq!(owner, expected, "{pk} {sk}");
}

pub(crate) fn a_record_is_of_the_row_that_its_key_names(bytes: &[u8]) {
    let Some(edits) = input::<Vec<Edit>>(bytes) else { return };
    let text = edited(&record(), &edits);
    let Ok(record) = serde_json::from_str::<StreamRecord>(&text) else { return };
    let (pk, sk) = record.key();
    assert_key(pk, sk);
    assert!(!record.is_expiry() || record.is_removal());
    assert!(!(record.is_insertion() && record.is_removal()));
}

pub(crate) fn a_key_names_at_most_one_row(bytes: &[u8]) {
    let Some((user, sk)) = input::<(String, SortKey)>(bytes) else { return };
    for pk in ["USER#user_1".to_owned(), format!("USER#user_{user}"), user.clone()] {
        assert_key(&pk, &sk.text());
    }
}
