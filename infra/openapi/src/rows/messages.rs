//! Messages and exchanges.

use usher_contract::{CreateExchange, CreateMessage, Exchange, Message, Page, ProblemCode::*};

use crate::{
    route::{Body, Caller, Link, Row},
    rows::{FIELDS, JSON, NOT_MODIFIED, answer, current},
};

pub(super) const TAG: &str = "messages";

const SAME: &[(&str, &str)] = &[("thread_id", "$request.path.thread_id")];
/// What to do after messages were added.
const AFTER: &[Link] = &[
    Link { to: "list-messages", parameters: SAME },
    Link { to: "get-thread", parameters: SAME },
    Link { to: "delete-thread", parameters: SAME },
];

pub(super) const ROWS: &[Row] = &[
    Row {
        route: "POST /threads/{thread_id}/messages",
        tag: TAG,
        caller: Caller::User,
        description: "A message has a text, `content`. Its `parts` are the same message as an AI library structures it; the API stores them and checks only that each has a `type`.",
        parameters: &["Idempotency-Key"],
        body: Some(Body { media_types: JSON, schema: |schemas| schemas.request::<CreateMessage>() }),
        answers: &[answer(201, "The new message.", |schemas| schemas.answer::<Message>(), AFTER)],
        problems: &[FIELDS[0], FIELDS[1], NotFound, InvalidIdempotencyKey, IdempotencyKeyReused],
    },
    Row {
        route: "GET /threads/{thread_id}/messages",
        tag: TAG,
        caller: Caller::User,
        description: "The oldest message is the first.\n\nA page may have fewer items than the limit, or none. Only a `next_cursor` of `null` marks the end.",
        parameters: &["limit", "cursor", "If-None-Match"],
        body: None,
        answers: &[
            current(
                "A page of messages.",
                |schemas| schemas.answer::<Page<Message>>(),
                &[Link {
                    to: "list-messages",
                    parameters: &[("thread_id", "$request.path.thread_id"), ("cursor", "$response.body#/next_cursor")],
                }],
            ),
            NOT_MODIFIED,
        ],
        problems: &[NotFound, InvalidLimit, InvalidCursor],
    },
    Row {
        route: "POST /threads/{thread_id}/exchanges",
        tag: TAG,
        caller: Caller::User,
        description: "",
        parameters: &["Idempotency-Key"],
        body: Some(Body { media_types: JSON, schema: |schemas| schemas.request::<CreateExchange>() }),
        answers: &[answer(201, "Both messages.", |schemas| schemas.answer::<Exchange>(), AFTER)],
        problems: &[FIELDS[0], FIELDS[1], NotFound, InvalidIdempotencyKey, IdempotencyKeyReused],
    },
];
