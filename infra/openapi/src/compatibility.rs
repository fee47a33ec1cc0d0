//! The comparison of two descriptions: what in the newer one breaks a client that was written for the older one.
//!
//! A client writes requests and reads answers, so the two directions have opposite rules. What a client may send must
//! stay acceptable, and what a client reads must stay there. Additions are allowed: a route, an optional field of a
//! request, a field of an answer, a status, a problem code.

mod alternative;
mod error;
mod found;
mod message;
mod schema;
mod version;

pub use error::IncompatibleError;
pub use found::Break;
use serde_json::Value;

use crate::compatibility::{
    found::{Found, object},
    message::{compare_request, compare_responses},
    version::Version,
};

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
    for (name, old) in object(&published["components"]["securitySchemes"]) {
        let new = &current["components"]["securitySchemes"][name];
        found.at(name, |found| {
            for word in ["type", "scheme", "in", "name"].into_iter().filter(|word| old[word] != new[word]) {
                found.report(format!("the {word} of the token was {}", old[word]));
            }
        });
    }
    found.breaks.sort();
    found.breaks.dedup();
    found.breaks
}

fn compare_operation(found: &mut Found<'_>, old: &Value, new: &Value) {
    if old["operationId"] != new["operationId"] {
        found.report("the operationId has changed");
    }
    if !allows_anonymous(new) {
        if allows_anonymous(old) {
            found.report("a token is now required");
        } else if old["security"] != new["security"] {
            found.report("another token is now required");
        }
    }
    compare_request(found, old, new);
    compare_responses(found, old, new);
}

/// Returns whether a caller without a token may call the operation.
fn allows_anonymous(operation: &Value) -> bool {
    let security = operation["security"].as_array();
    security.is_none_or(|schemes| schemes.is_empty() || schemes.iter().any(|scheme| object(scheme).count() == 0))
}

#[cfg(test)]
mod tests;
