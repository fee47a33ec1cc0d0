//! The table of routes. A test fails if a route of the template has no row, or a row has no route.

mod messages;
mod replies;
mod search;
mod settings;
mod threads;
mod users;
mod webhooks;

use usher_contract::ProblemCode;

use crate::route::{Answer, Link, MakeSchema, Row};

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    [webhooks::ROWS, users::ROWS, threads::ROWS, messages::ROWS, replies::ROWS, search::ROWS, settings::ROWS]
        .into_iter()
        .flatten()
}

/// The tags in the order of their sections, with their descriptions.
pub(crate) const TAGS: [(&str, &str); 6] = [
    (users::TAG, "The caller, and the public cards of other users."),
    (threads::TAG, "The caller's conversations."),
    (messages::TAG, "What was said in a thread."),
    (search::TAG, "Finds words in the caller's threads and messages."),
    (settings::TAG, "One JSON object for each user."),
    (webhooks::TAG, "Called by Clerk, not by clients."),
];

/// The media types of a `POST`.
const JSON: &[&str] = &["application/json"];
/// The media types of a `PATCH`.
const PATCH: &[&str] = &["application/json", "application/merge-patch+json"];

/// The problems of a route with a body of these fields.
const FIELDS: [ProblemCode; 2] = [ProblemCode::UnsupportedMediaType, ProblemCode::InvalidField];

const fn answer(status: u16, description: &'static str, schema: MakeSchema, links: &'static [Link]) -> Answer {
    Answer { status, description, media_type: "application/json", schema: Some(schema), has_etag: false, links }
}

/// The first answer of a `GET`: the value with its version.
const fn current(description: &'static str, schema: MakeSchema, links: &'static [Link]) -> Answer {
    Answer { status: 200, description, media_type: "application/json", schema: Some(schema), has_etag: true, links }
}

/// A streamed answer of this type. The schema is that of one of its parts.
const fn streamed(description: &'static str, media_type: &'static str, part: MakeSchema) -> Answer {
    Answer { status: 200, description, media_type, schema: Some(part), has_etag: false, links: &[] }
}

/// The second answer of a `GET`: the caller already has the current version.
const NOT_MODIFIED: Answer = Answer {
    status: 304,
    description: "The answer has not changed since the version of `If-None-Match`.",
    media_type: "application/json",
    schema: None,
    has_etag: true,
    links: &[],
};
