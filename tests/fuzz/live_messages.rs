//! The messages of a WebSocket, in both directions.

use serde_json::{Value, json};
use usher_contract::live::ServerMessage;
use usher_runtime::{Request, WebSocketRequest as _};

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

fn from_server() -> [Value; 4] {
    let thread = "threads/0192f0c1-2345-7abc-8def-0123456789ab";
    [
        json!({"type": "changed", "keys": ["threads", thread, format!("{thread}/messages"), "user", "settings", "all"]}),
        json!({"type": "ready", "renew_in_ms": 50_000}),
        json!({"type": "closed", "reason": "user-deleted"}),
        json!({"type": "error", "problem": {"type": "urn:usher:problem:malformed", "title": "a", "status": 400}}),
    ]
}

pub(crate) fn a_hello_is_its_type_and_its_token(bytes: &[u8]) {
    let Some(edits) = input::<Vec<Edit>>(bytes) else { return };
    let text = edited(&json!({"type": "hello", "token": "a.b.c"}), &edits);
    let Ok(hello) = Request::new(text.clone().into()).hello() else { return };
    let written = serde_json::to_value(&hello).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&text).unwrap());
    assert!(Request::new(written.to_string().into()).hello().is_ok_and(|again| again == hello));
}

pub(crate) fn a_message_of_the_server_is_written_as_it_was_read(bytes: &[u8]) {
    let Some((base, edits)) = input::<(u8, Vec<Edit>)>(bytes) else { return };
    let bases = from_server();
    let text = edited(&bases[usize::from(base) % bases.len()], &edits);
    let Ok(message) = serde_json::from_str::<ServerMessage>(&text) else { return };
    if message != ServerMessage::Unknown {
        assert_eq!(serde_json::from_str::<ServerMessage>(&message.to_json()).unwrap(), message);
    }
}
