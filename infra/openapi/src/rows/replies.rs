//! Replies.

use usher_contract::{CreateReply, EVENT_STREAM, ProblemCode::*, ReplyChunk};

use crate::{
    route::{Answer, Body, Caller, Row},
    rows::{FIELDS, JSON, messages::TAG, streamed},
};

pub(super) const ROWS: &[Row] = &[
    Row {
        route: "POST /stream/threads/{thread_id}/replies",
        tag: TAG,
        caller: Caller::User,
        description: "The answer is a stream of server-sent events in the form of the AI SDK's UI message stream. The reply is written to its end even if the client leaves. A repeat with the same key goes on with the same reply. `model` must be one of the names that the operator allows.",
        parameters: &["Idempotency-Key"],
        body: Some(Body { media_types: JSON, schema: |schemas| schemas.request::<CreateReply>() }),
        answers: &[streamed(
            "The events. The `id` of an event is the number of characters up to it.",
            EVENT_STREAM,
            |schemas| schemas.answer::<ReplyChunk>(),
        )],
        problems: &[
            FIELDS[0],
            FIELDS[1],
            NotFound,
            InvalidIdempotencyKey,
            IdempotencyKeyReused,
            TooManyReplies,
            SecretUnavailable,
            ModelNotConfigured,
        ],
    },
    Row {
        route: "GET /stream/threads/{thread_id}/replies/{message_id}",
        tag: TAG,
        caller: Caller::User,
        description: "The events are those of the request that writes the reply, from the character `offset` on. It also works after the reply has ended.",
        parameters: &["offset"],
        body: None,
        answers: &[streamed("The events.", EVENT_STREAM, |schemas| schemas.answer::<ReplyChunk>())],
        problems: &[NotFound, InvalidQuery],
    },
    Row {
        route: "DELETE /threads/{thread_id}/replies/{message_id}",
        tag: TAG,
        caller: Caller::User,
        description: "The model is left within a second. A reply that has ended stays as it is.",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 204,
            description: "The reply is not written any more.",
            media_type: "application/json",
            schema: None,
            has_etag: false,
            links: &[],
        }],
        problems: &[NotFound],
    },
];
