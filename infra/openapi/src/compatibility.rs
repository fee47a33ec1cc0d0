//! The comparison of two descriptions: what in the newer one breaks a client that was written for the older one.
//!
//! A client writes requests and reads answers, so the two directions have opposite rules. What a client may send must
//! stay acceptable, and what a client reads must stay there. Additions are allowed: a route, an optional field of a
//! request, a field of an answer, a status, a problem code.

mod message;
mod schema;
mod version;

use std::fmt;

use serde_json::{Map, Value};

use crate::compatibility::{
    message::{compare_request, compare_responses},
    version::Version,
};

/// A change that breaks clients.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// The place in the description, for example `get-thread: 200: application/json: title`.
    pub place: String,
    /// The change, for example `the field is gone`.
    pub change: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.change)
    }
}

/// The error of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncompatibleError {
    /// A description has no version of the form `<major>.<minor>.<patch>`.
    #[error("info.version is not <major>.<minor>.<patch>: {0}")]
    Version(String),
    /// The newer description has a lower version.
    #[error("info.version is {current}, which is lower than the published {published}")]
    Lower {
        /// The version of the newer description.
        current: String,
        /// The version of the older description.
        published: String,
    },
    /// Clients break, but the version does not say so.
    #[error(
        "raise info.version, which is {current} (the major version; the minor version while the major version is 0), because clients of {published} break:\n{}",
        .breaks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    )]
    Breaks {
        /// The version of the newer description.
        current: String,
        /// The version of the older description.
        published: String,
        /// The changes that break clients, in the order of their places.
        breaks: Vec<Break>,
    },
}

/// Checks that clients of `published` can use `current`, or that the version of `current` says that they cannot. A
/// higher major version says so, and a higher minor version while the major version is 0 (Semantic Versioning 2.0.0).
///
/// # Errors
/// See [`IncompatibleError`].
pub fn check(published: &Value, current: &Value) -> Result<(), IncompatibleError> {
    let (old, new) = (Version::of(published)?, Version::of(current)?);
    let (published_version, current_version) = (old.to_string(), new.to_string());
    if new < old {
        return Err(IncompatibleError::Lower { current: current_version, published: published_version });
    }
    let breaks = find_breaks(published, current);
    if breaks.is_empty() || new.may_break(&old) {
        return Ok(());
    }
    Err(IncompatibleError::Breaks { current: current_version, published: published_version, breaks })
}

/// Returns every change from `published` to `current` that breaks a client, in the order of their places.
pub fn find_breaks(published: &Value, current: &Value) -> Vec<Break> {
    let mut found = Found { documents: [published, current], place: Vec::new(), breaks: Vec::new() };
    for (path, methods) in object(&published["paths"]) {
        for (method, old) in object(methods) {
            let id = old["operationId"].as_str().unwrap_or_default();
            let new = &current["paths"][path][method];
            found.at(id, |found| match new {
                Value::Null => found.report("the route is gone"),
                new => compare_operation(found, old, new),
            });
        }
    }
    found.breaks.sort();
    found.breaks.dedup();
    found.breaks
}

fn compare_operation(found: &mut Found<'_>, old: &Value, new: &Value) {
    if old["operationId"] != new["operationId"] {
        found.report("the operationId has changed");
    }
    if allows_anonymous(old) && !allows_anonymous(new) {
        found.report("a token is now required");
    }
    compare_request(found, old, new);
    compare_responses(found, old, new);
}

/// Returns whether a caller without a token may call the operation.
fn allows_anonymous(operation: &Value) -> bool {
    let security = operation["security"].as_array();
    security.is_none_or(|schemes| schemes.is_empty() || schemes.iter().any(|scheme| object(scheme).count() == 0))
}

/// The breaks that were found so far, and the place of the comparison.
struct Found<'a> {
    /// The older and the newer description.
    documents: [&'a Value; 2],
    place: Vec<String>,
    breaks: Vec<Break>,
}

impl<'a> Found<'a> {
    fn at(&mut self, place: &str, compare: impl FnOnce(&mut Self)) {
        self.place.push(place.to_owned());
        compare(self);
        self.place.pop();
    }

    fn report(&mut self, change: impl Into<String>) {
        self.breaks.push(Break { place: self.place.join(": "), change: change.into() });
    }

    /// Follows the references of a value of the older (0) or newer (1) description.
    fn resolve<'v>(&self, document: usize, value: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        let mut value = value;
        while let Some(reference) = value["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.documents[document].pointer(pointer));
            value = target.unwrap_or(&Value::Null);
        }
        value
    }
}

/// The members of an object. Empty for any other value.
fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests;
