//! Threads.

use usher_contract::{CreateThread, Page, ProblemCode::*, Thread, UpdateThread};

use crate::{
    route::{Answer, Body, Caller, Link, Row},
    rows::{FIELDS, JSON, NOT_MODIFIED, PATCH, answer, current},
};

pub(super) const TAG: &str = "threads";

const ID: &[(&str, &str)] = &[("thread_id", "$response.body#/id")];
const SAME: &[(&str, &str)] = &[("thread_id", "$request.path.thread_id")];
const FIRST: &[(&str, &str)] = &[("thread_id", "$response.body#/items/0/id")];

pub(super) const ROWS: &[Row] = &[
    Row {
        route: "POST /threads",
        tag: TAG,
        caller: Caller::User,
        description: "",
        parameters: &["Idempotency-Key"],
        body: Some(Body { media_types: JSON, schema: |schemas| schemas.request::<CreateThread>() }),
        answers: &[answer(
            201,
            "The new thread.",
            |schemas| schemas.answer::<Thread>(),
            &[
                Link { to: "get-thread", parameters: ID },
                Link { to: "update-thread", parameters: ID },
                Link { to: "delete-thread", parameters: ID },
                Link { to: "create-message", parameters: ID },
                Link { to: "create-exchange", parameters: ID },
                Link { to: "list-messages", parameters: ID },
            ],
        )],
        problems: &[FIELDS[0], FIELDS[1], InvalidIdempotencyKey, IdempotencyKeyReused],
    },
    Row {
        route: "GET /threads",
        tag: TAG,
        caller: Caller::User,
        description: "The thread that was created last is the first. A new message does not move its thread. To show the thread that was used last first, read all pages and sort by `updated_at`.\n\nA page may have fewer items than the limit, or none. Only a `next_cursor` of `null` marks the end.",
        parameters: &["limit", "cursor", "If-None-Match"],
        body: None,
        answers: &[
            current(
                "A page of threads.",
                |schemas| schemas.answer::<Page<Thread>>(),
                &[
                    Link { to: "list-threads", parameters: &[("cursor", "$response.body#/next_cursor")] },
                    Link { to: "get-thread", parameters: FIRST },
                    Link { to: "list-messages", parameters: FIRST },
                ],
            ),
            NOT_MODIFIED,
        ],
        problems: &[InvalidLimit, InvalidCursor],
    },
    Row {
        route: "GET /threads/{thread_id}",
        tag: TAG,
        caller: Caller::User,
        description: "",
        parameters: &["If-None-Match"],
        body: None,
        answers: &[
            current(
                "The thread.",
                |schemas| schemas.answer::<Thread>(),
                &[Link {
                    to: "get-thread",
                    parameters: &[("thread_id", "$request.path.thread_id"), ("If-None-Match", "$response.header.ETag")],
                }],
            ),
            NOT_MODIFIED,
        ],
        problems: &[NotFound],
    },
    Row {
        route: "PATCH /threads/{thread_id}",
        tag: TAG,
        caller: Caller::User,
        description: "A repetition has the same effect, so this route ignores `Idempotency-Key`. A thread has no version, so it ignores `If-Match` too.",
        parameters: &[],
        body: Some(Body { media_types: PATCH, schema: |schemas| schemas.request::<UpdateThread>() }),
        answers: &[answer(
            200,
            "The changed thread.",
            |schemas| schemas.answer::<Thread>(),
            &[Link { to: "get-thread", parameters: SAME }, Link { to: "delete-thread", parameters: SAME }],
        )],
        problems: &[FIELDS[0], FIELDS[1], NotFound],
    },
    Row {
        route: "DELETE /threads/{thread_id}",
        tag: TAG,
        caller: Caller::User,
        description: "For a day, a repetition is answered with 204 as well.",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 204,
            description: "The thread and its messages are deleted.",
            media_type: "application/json",
            schema: None,
            has_etag: false,
            links: &[
                Link { to: "get-thread", parameters: SAME },
                Link { to: "delete-thread", parameters: SAME },
                Link { to: "list-messages", parameters: SAME },
            ],
        }],
        problems: &[NotFound],
    },
];
