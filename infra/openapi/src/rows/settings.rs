//! Settings.

use serde_json::{Value, json};
use usher_contract::{ProblemCode::*, limits::MAX_SETTINGS_BYTES};

use crate::{
    route::{Answer, Body, Caller, Link, Row},
    rows::{FIELDS, NOT_MODIFIED, PATCH, current},
};

pub(super) const TAG: &str = "settings";

/// To change the settings only if nobody else has changed them.
const CHANGE: Link = Link { to: "update-settings", parameters: &[("If-Match", "$response.header.ETag")] };
const READ: Link = Link { to: "get-settings", parameters: &[("If-None-Match", "$response.header.ETag")] };

pub(super) const ROWS: &[Row] = &[
    Row {
        route: "GET /settings",
        tag: TAG,
        caller: Caller::User,
        description: "Settings that were never changed are `{}`.",
        parameters: &["If-None-Match"],
        body: None,
        answers: &[current("The settings.", |_| settings(), &[CHANGE, READ]), NOT_MODIFIED],
        problems: &[],
    },
    Row {
        route: "PATCH /settings",
        tag: TAG,
        caller: Caller::User,
        description: "The body is a merge patch: `null` removes a value. A repetition has the same effect, so this route ignores `Idempotency-Key`. A repetition with `If-Match` is answered with `version-mismatch` if the first request was successful.",
        parameters: &["If-Match"],
        body: Some(Body { media_types: PATCH, schema: |_| patch() }),
        answers: &[Answer {
            status: 200,
            description: "The changed settings.",
            media_type: "application/json",
            schema: Some(|_| settings()),
            has_etag: true,
            links: &[CHANGE, READ],
        }],
        problems: &[FIELDS[0], FIELDS[1], VersionMismatch, SettingsTooLarge],
    },
];

fn settings() -> Value {
    json!({ "type": "object", "description": format!("Any JSON object, at most {MAX_SETTINGS_BYTES} bytes of JSON.") })
}

fn patch() -> Value {
    json!({ "type": "object", "description": "A merge patch (RFC 7396). Null removes a value." })
}
