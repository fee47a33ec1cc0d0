//! Users.

use usher_contract::{ClerkUser, DeleteOutcome, ExportLine, LoginStatus, NDJSON, ProblemCode::*, UserCard};

use crate::{
    route::{Caller, Link, Row},
    rows::{NOT_MODIFIED, answer, current, streamed},
};

pub(super) const TAG: &str = "users";

pub(super) const ROWS: &[Row] = &[
    Row {
        route: "GET /users/me/status",
        tag: TAG,
        caller: Caller::UserOrNobody,
        description: "A token is optional. An invalid token is an error.",
        parameters: &["If-None-Match"],
        body: None,
        answers: &[current("The status.", |schemas| schemas.answer::<LoginStatus<ClerkUser>>(), &[]), NOT_MODIFIED],
        problems: &[],
    },
    Row {
        route: "GET /users/me",
        tag: TAG,
        caller: Caller::User,
        description: "",
        parameters: &["If-None-Match"],
        body: None,
        answers: &[
            current(
                "The Clerk user, as Clerk sent it.",
                |schemas| schemas.answer::<ClerkUser>(),
                &[Link { to: "get-user", parameters: &[("user_id", "$response.body#/id")] }],
            ),
            NOT_MODIFIED,
        ],
        problems: &[],
    },
    Row {
        route: "DELETE /users/me",
        tag: TAG,
        caller: Caller::TokenOnly,
        description: "It may be repeated. The webhook that follows changes nothing. No reader finds the user's data any more, and it is erased soon after.",
        parameters: &[],
        body: None,
        answers: &[answer(202, "The account is deleted.", |schemas| schemas.answer::<DeleteOutcome>(), &[])],
        problems: &[
            UserBanned,
            DeleteSelfDisabled,
            Impersonated,
            ReverificationRequired,
            ClerkUnavailable,
            ClerkNotConfigured,
        ],
    },
    Row {
        route: "GET /stream/users/me/export",
        tag: TAG,
        caller: Caller::User,
        description: "Lines of JSON: a header, the user, the settings, and the threads in the order of their creation, each followed by its messages. The last line of every response is an `end`. If its outcome is `continues`, call again with its `next_cursor`, and append what comes. `sha256` is the hash of all bytes of the response before that line. A response without such a line is not whole.",
        parameters: &["cursor"],
        body: None,
        answers: &[streamed("The lines.", NDJSON, |schemas| schemas.answer::<ExportLine<'static>>())],
        problems: &[InvalidCursor],
    },
    Row {
        route: "GET /users/{user_id}",
        tag: TAG,
        caller: Caller::User,
        description: "",
        parameters: &["If-None-Match"],
        body: None,
        answers: &[current("The card.", |schemas| schemas.answer::<UserCard>(), &[]), NOT_MODIFIED],
        problems: &[NotFound],
    },
];
