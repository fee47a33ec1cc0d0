//! The search.

use usher_contract::{ProblemCode::*, SearchPage};

use crate::{
    route::{Caller, Link, Row},
    rows::{NOT_MODIFIED, current},
};

pub(super) const TAG: &str = "search";

const FIRST: &[(&str, &str)] = &[("thread_id", "$response.body#/items/0/thread/id")];

pub(super) const ROWS: &[Row] = &[Row {
    route: "GET /search",
    tag: TAG,
    caller: Caller::User,
    description: "The hits of the thread that was created last are the first: its title, then its messages, the newest first. This order holds over all pages.\n\nA request looks through at most 4 MB of rows. So a page may have fewer hits than the limit, or none. Only a `next_cursor` of `null` marks the end; `searched` says how far the search has come. A cursor belongs to its `q` and `kind`.\n\nA wrong `q` or `kind` is answered with `invalid-query`.",
    parameters: &["q", "kind", "limit", "cursor", "If-None-Match"],
    body: None,
    answers: &[
        current(
            "A page of hits.",
            |schemas| schemas.answer::<SearchPage>(),
            &[
                Link {
                    to: "search",
                    parameters: &[("q", "$request.query.q"), ("cursor", "$response.body#/next_cursor")],
                },
                Link { to: "get-thread", parameters: FIRST },
                Link { to: "list-messages", parameters: FIRST },
            ],
        ),
        NOT_MODIFIED,
    ],
    problems: &[InvalidLimit, InvalidCursor],
}];
