//! Users.

use usher_contract::{ClerkUser, DeleteOutcome, LoginStatus, ProblemCode::*, UserCard};

use crate::{
    route::{Caller, Link, Row},
    rows::{NOT_MODIFIED, answer, current},
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
