//! The whole description.

use std::collections::BTreeMap;

use lambda_emulator::template::{Function, Route};
use serde_json::{Map, Value, json};
use usher_contract::live::{Hello, ServerMessage};

use crate::{
    operation::operation,
    parameters::{headers, parameters},
    problems::problem_schemas,
    rows::{TAGS, rows},
    schemas::{Schemas, TwoSchemas},
};

/// The version of the API, `info.version`. Raise the major version if clients break, and the minor version for an
/// addition. While the major version is 0, the minor version is raised if clients break.
pub const VERSION: &str = "0.2.0";

/// The reason that there is no description.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// A route of the template is not in the table.
    #[error("{0} is in template.yaml and has no row in infra/openapi/src/rows")]
    NoRow(String),
    /// A row of the table is not a route of the template.
    #[error("{0} has a row in infra/openapi/src/rows and is not in template.yaml")]
    NoRoute(String),
    /// A route has no summary.
    #[error("the function {0} has no summary")]
    NoSummary(String),
    /// A path has a parameter that is not described.
    #[error("{0} has a path parameter that infra/openapi/src/parameters.rs does not describe")]
    PathParameter(String),
    /// A type has two schemas.
    #[error(transparent)]
    TwoSchemas(#[from] TwoSchemas),
}

/// Makes the description of the API whose functions these are. `summaries` has a sentence for each function with a
/// route. `examples` has recorded requests and answers, by function, then `request` or the status, then name.
///
/// # Errors
/// See [`DescribeError`].
pub fn describe(
    functions: &[Function],
    summaries: &BTreeMap<String, String>,
    examples: &Value,
) -> Result<Value, DescribeError> {
    let mut schemas = Schemas::new();
    let parameters = parameters(&mut schemas);
    let routes: Vec<(&Function, &Route)> =
        functions.iter().flat_map(|function| function.routes.iter().map(move |route| (function, route))).collect();
    let name = |route: &Route| format!("{} {}", route.method, route.path);
    if let Some(row) = rows().find(|row| !routes.iter().any(|(_, route)| name(route) == row.route)) {
        return Err(DescribeError::NoRoute(row.route.to_owned()));
    }
    let mut paths: Map<String, Value> = Map::new();
    for (function, route) in routes {
        let route_name = name(route);
        let row = rows().find(|row| row.route == route_name);
        let row = row.ok_or_else(|| DescribeError::NoRow(route_name.clone()))?;
        let summary = summaries.get(&function.name);
        let summary = summary.ok_or_else(|| DescribeError::NoSummary(function.name.clone()))?;
        let path_parameters = path_parameters(&route.path);
        if let Some(unknown) = path_parameters.iter().find(|parameter| !parameters.contains_key(**parameter)) {
            return Err(DescribeError::PathParameter(format!("{route_name} ({unknown})")));
        }
        let operation =
            operation(row, &function.name, summary, &path_parameters, &examples[&function.name], &mut schemas);
        paths.entry(&route.path).or_insert_with(|| json!({}))[route.method.to_ascii_lowercase()] = operation;
    }

    // No route refers to the messages of live updates. They are here so that clients in other languages have their types.
    schemas.request::<Hello>();
    schemas.answer::<ServerMessage>();
    let problems = problem_schemas(&mut schemas);
    let mut components = schemas.into_components()?;
    components.extend(problems);
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Usher",
            "version": VERSION,
            "summary": "Threads, messages and settings of users who sign in with Clerk",
            "description": "JSON over HTTP. Times are in milliseconds since the Unix epoch. Errors are problem details (RFC 9457); `type` tells them apart. A query parameter that a route does not have is an error, and so is a field of a body. `Hello` and `ServerMessage` are the messages of live updates, which cross a WebSocket (subprotocol `usher.v1`).",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server of this file: cargo dev. A deployed stack has the URL of its output ApiUrl." }],
        "tags": TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": parameters,
            "headers": headers(),
            "securitySchemes": {
                "session": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A Clerk session token. It is valid for a minute, so ask Clerk's SDK for one before each request.",
                },
            },
        },
    }))
}

/// The text of a description as it is committed. Equal descriptions have equal texts.
pub fn to_text(description: &Value) -> String {
    format!("{description:#}\n")
}

/// The names of a path's parameters.
fn path_parameters(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}
