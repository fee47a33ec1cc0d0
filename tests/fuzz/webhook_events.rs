//! The bodies of webhook deliveries.

use serde_json::{Value, json};
use usher_clerk::{Change, Event, User};

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

fn bases() -> [Value; 4] {
    let envelope = |kind: &str, data: Value| json!({"type": kind, "data": data, "timestamp": 1_700_000_000_000_u64, "instance_id": "ins_1", "object": "event"});
    [
        envelope("user.updated", json!({"id": "user_1", "updated_at": 1_700_000_000_000_u64})),
        envelope("user.deleted", json!({"id": "user_1", "deleted": true})),
        envelope("session.ended", json!({"id": "sess_1", "user_id": "user_1"})),
        envelope("email.created", json!({"id": "user_1", "user_id": "user_1"})),
    ]
}

pub(crate) fn an_event_changes_only_the_user_that_it_names(bytes: &[u8]) {
    let Some((base, edits)) = input::<(u8, Vec<Edit>)>(bytes) else { return };
    let bases = bases();
    let text = edited(&bases[usize::from(base) % bases.len()], &edits);
    let Ok(event) = Event::parse(&text) else { return };
    let changed = match &event.change {
        Change::Upsert(user) => {
            assert!(matches!(event.kind.as_str(), "user.created" | "user.updated"));
            // What is stored is a part of the body, and is read again as the same user.
            assert!(text.contains(user.text()));
            let again = User::parse(user.text()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((again.id(), again.updated_at()), (user.id(), user.updated_at()));
            user.id()
        }
        Change::Delete { id } => {
            assert_eq!(event.kind, "user.deleted");
            id
        }
        Change::SessionEnded { user, session } => {
            assert!(event.kind.starts_with("session.") && text.contains(session.as_str()));
            user
        }
        Change::None => return,
    };
    // serde_json reads the last member of a name too.
    if let Ok(body) = serde_json::from_str::<Value>(&text) {
        let name = if event.kind.starts_with("session.") { "user_id" } else { "id" };
        assert_eq!(body["data"][name], changed.as_str());
    }
}

pub(crate) fn any_bytes_are_an_event_or_an_error(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Err(error) = Event::parse(text) {
        assert!(!error.to_string().is_empty());
    }
}
