//! The comparison of requests and responses, without their schemas.

use serde_json::Value;

use crate::compatibility::{
    found::{Found, object},
    schema::{Direction, compare_schemas},
};

/// Compares what a client sends: parameters and body.
pub(super) fn compare_request(found: &mut Found<'_>, old: &Value, new: &Value) {
    let (old_parameters, new_parameters) = (parameters(found, 0, old), parameters(found, 1, new));
    for (name, old) in &old_parameters {
        let new = new_parameters.iter().find(|(other, _)| other == name);
        found.at(name, |found| match new {
            None => found.report("the parameter is gone"),
            Some((_, new)) => {
                report_newly_required(found, old, new);
                compare_schemas(found, Direction::Request, &old["schema"], &new["schema"]);
            }
        });
    }
    for (name, new) in &new_parameters {
        let is_known = old_parameters.iter().any(|(other, _)| other == name);
        if !is_known && is_required(new) {
            found.at(name, |found| found.report("the parameter is new and required"));
        }
    }

    let (old_body, new_body) = (found.resolve(0, &old["requestBody"]), found.resolve(1, &new["requestBody"]));
    found.at("body", |found| {
        report_newly_required(found, old_body, new_body);
        compare_contents(found, Direction::Request, old_body, new_body);
    });
}

/// Compares what a client reads: statuses, headers and bodies.
pub(super) fn compare_responses(found: &mut Found<'_>, old: &Value, new: &Value) {
    for (status, old) in object(&old["responses"]) {
        let (old, new) = (found.resolve(0, old), found.resolve(1, &new["responses"][status]));
        found.at(status, |found| {
            if new.is_null() {
                return found.report("the status is gone");
            }
            for (name, old) in object(&old["headers"]) {
                let (old, new) = (found.resolve(0, old), found.resolve(1, &new["headers"][name]));
                found.at(name, |found| match new {
                    Value::Null => found.report("the header is gone"),
                    new if is_required(old) && !is_required(new) => found.report("the header may now be missing"),
                    new => compare_schemas(found, Direction::Answer, &old["schema"], &new["schema"]),
                });
            }
            compare_contents(found, Direction::Answer, old, new);
        });
    }
}

fn compare_contents(found: &mut Found<'_>, direction: Direction, old: &Value, new: &Value) {
    for (media_type, old) in object(&old["content"]) {
        let new = &new["content"][media_type];
        found.at(media_type, |found| match new {
            Value::Null => found.report("the media type is gone"),
            new => compare_schemas(found, direction, &old["schema"], &new["schema"]),
        });
    }
}

/// The parameters of an operation, each with its place and name, for example `query limit`.
fn parameters<'v>(found: &Found<'v>, document: usize, operation: &'v Value) -> Vec<(String, &'v Value)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| found.resolve(document, parameter));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    parameters
        .map(|parameter| (format!("{} {}", text(&parameter["in"]), text(&parameter["name"])), parameter))
        .collect()
}

fn report_newly_required(found: &mut Found<'_>, old: &Value, new: &Value) {
    if !is_required(old) && is_required(new) {
        found.report("is now required");
    }
}

fn is_required(value: &Value) -> bool {
    value["required"] == true
}
