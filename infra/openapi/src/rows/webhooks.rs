//! Webhooks.

use serde_json::{Value, json};
use usher_contract::{ClerkSessionId, ClerkUserId, ProblemCode::*, WebhookOutcome};

use crate::{
    route::{Body, Caller, Row},
    rows::{JSON, answer},
    schemas::Schemas,
};

pub(super) const TAG: &str = "webhooks";

pub(super) const ROWS: &[Row] = &[Row {
    route: "POST /webhooks/clerk",
    tag: TAG,
    caller: Caller::Clerk,
    description: "Svix delivers the events of Clerk here and repeats a delivery that does not get a 2xx. Clients do not call this route.",
    parameters: &["svix-id", "svix-timestamp", "svix-signature"],
    body: Some(Body { media_types: JSON, schema: event }),
    answers: &[answer(
        200,
        "The event was processed, or needs no processing. `stale`: the event is a repeat, is older than the stored version, or is for a deleted user.",
        |schemas| schemas.answer::<WebhookOutcome>(),
        &[],
    )],
    problems: &[InvalidSignature, ForeignInstance, UnreadableEvent, SecretUnavailable, WebhookNotConfigured],
}];

/// The schema of an event. Only the events of users and of ended sessions are read; any other event is ignored, whatever
/// its data are.
fn event(schemas: &mut Schemas) -> Value {
    const OF_USERS: [&str; 3] = ["user.created", "user.updated", "user.deleted"];
    const OF_ENDED_SESSIONS: [&str; 3] = ["session.ended", "session.removed", "session.revoked"];
    let read = [OF_USERS, OF_ENDED_SESSIONS].concat();
    let user_id = schemas.request::<ClerkUserId>();
    let session_id = schemas.request::<ClerkSessionId>();
    json!({
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": { "type": "string", "description": "For example `user.created`." },
            "timestamp": { "description": "When the event happened, in milliseconds since the Unix epoch." },
            "instance_id": { "description": "The Clerk instance that sent the event, `ins_…`." },
        },
        "anyOf": [
            { "title": "User event", "required": ["data"], "properties": {
                "type": { "enum": OF_USERS },
                "data": { "type": "object", "required": ["id"], "properties": { "id": user_id }, "description": "A Clerk user, or the id of a deleted one." },
            } },
            { "title": "Event of an ended session", "required": ["data"], "properties": {
                "type": { "enum": OF_ENDED_SESSIONS },
                "data": { "type": "object", "required": ["id", "user_id"], "properties": { "id": session_id, "user_id": user_id }, "description": "A Clerk session." },
            } },
            { "title": "Other event", "properties": { "type": { "not": { "enum": read } } } },
        ],
    })
}
