//! The comparison of two schemas. It compares the alternatives of both that have the same kind.

use serde_json::Value;
use usher_contract::PROBLEM_JSON;

use crate::compatibility::{
    alternative::{Alternative, MAX_DEPTH, alternatives},
    found::{Found, object},
};

/// Who reads a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The server. It must accept what it accepted before.
    Request,
    /// The client. The server must send what the client expects.
    Answer,
}

/// The limits of a schema that a higher value loosens.
const MAXIMA: [&str; 5] = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
/// The limits of a schema that a lower value loosens.
const MINIMA: [&str; 5] = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];
/// What is compared in another way, or is no rule. Any other rule that has changed may refuse what was allowed before.
/// `not` only separates the alternatives of a webhook's event, and changes with each new alternative.
const NO_OTHER_RULES: [&str; 12] = [
    "type",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "not",
    "default",
    "title",
    "description",
    "examples",
    "deprecated",
];
/// The rules of an answer on which a client may rely, so they must stay.
const PROMISES: [&str; 2] = ["pattern", "format"];

/// Reports what of `new` breaks a client that knows `old`.
pub(super) fn compare_schemas(found: &mut Found<'_>, direction: Direction, old: &Value, new: &Value) {
    if found.place.len() > MAX_DEPTH {
        return;
    }
    let (old, new) = (alternatives(found, 0, old), alternatives(found, 1, new));
    for before in &old {
        let successors = new.iter().filter(|after| after.kind.succeeds(&before.kind));
        // Alternatives of the same kind are not in an order, so the one that breaks least is the successor.
        let breaks = successors.map(|after| {
            let mut inner = Found { documents: found.documents, place: found.place.clone(), breaks: Vec::new() };
            compare_alternatives(&mut inner, direction, &before.schema, &after.schema);
            inner.breaks
        });
        match breaks.min_by_key(Vec::len) {
            Some(mut breaks) => found.breaks.append(&mut breaks),
            None if direction == Direction::Request && new.iter().any(|after| after.kind.includes(&before.kind)) => {}
            None => found.report(format!("{} is gone", before.kind)),
        }
    }
    if direction == Direction::Request {
        return;
    }
    // A client must accept problems that it does not know. It may have a type without room for any other new value.
    let is_problem = found.place.iter().any(|place| place == PROBLEM_JSON);
    for after in &new {
        let is_expected = |before: &Alternative| {
            after.kind.succeeds(&before.kind)
                || before.kind.includes(&after.kind)
                || is_problem && before.kind.is_like(&after.kind)
        };
        if !old.iter().any(is_expected) {
            found.report(format!("{} is possible now", after.kind));
        }
    }
}

fn compare_alternatives(found: &mut Found<'_>, direction: Direction, old: &Value, new: &Value) {
    compare_fields(found, direction, old, new);
    for name in ["items", "additionalProperties"] {
        // Without a schema, anything is allowed. With `false`, there is nothing to compare.
        let has_schema = |schema: &Value, other: &Value| schema[name].is_object() && other[name] != false;
        let has_rule = match direction {
            Direction::Request => has_schema(new, old),
            Direction::Answer => has_schema(old, new),
        };
        if has_rule {
            found.at(name, |found| compare_schemas(found, direction, &old[name], &new[name]));
        }
    }
    match direction {
        Direction::Request => {
            compare_rules(found, old, new);
            report_lost(found, "default", old, new);
        }
        Direction::Answer => PROMISES.iter().for_each(|name| report_lost(found, name, old, new)),
    }
}

fn compare_fields(found: &mut Found<'_>, direction: Direction, old: &Value, new: &Value) {
    for (name, before) in object(&old["properties"]) {
        let after = &new["properties"][name];
        found.at(name, |found| {
            if after.is_null() {
                return found.report("the field is gone");
            }
            match direction {
                Direction::Answer if requires(old, name) && !requires(new, name) => {
                    found.report("the field may now be missing");
                }
                Direction::Request if !requires(old, name) && requires(new, name) => {
                    found.report("the field is now required");
                }
                Direction::Answer | Direction::Request => {}
            }
            compare_schemas(found, direction, before, after);
        });
    }
    if direction == Direction::Request {
        let required = new["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| old["properties"][*name].is_null() && !requires(old, name)) {
            found.at(name, |found| found.report("the field is new and required"));
        }
        if new["additionalProperties"] == false && old["additionalProperties"] != false {
            found.report("other fields are refused now");
        }
    }
}

fn compare_rules(found: &mut Found<'_>, old: &Value, new: &Value) {
    let limit = |schema: &Value, name: &str| schema[name].as_f64();
    for name in MAXIMA {
        if limit(new, name).is_some_and(|new| limit(old, name).is_none_or(|old| new < old)) {
            found.report(format!("{name} is {} now", new[name]));
        }
    }
    for name in MINIMA {
        if limit(new, name).is_some_and(|new| limit(old, name).is_none_or(|old| new > old)) {
            found.report(format!("{name} is {} now", new[name]));
        }
    }
    for (name, rule) in object(new) {
        let is_other = ![&NO_OTHER_RULES[..], &MAXIMA, &MINIMA].iter().any(|names| names.contains(&name.as_str()));
        if is_other && *rule != old[name] {
            found.report(format!("{name} is {rule} now"));
        }
    }
}

fn report_lost(found: &mut Found<'_>, name: &str, old: &Value, new: &Value) {
    if !old[name].is_null() && new[name] != old[name] {
        found.report(format!("the {name} was {}", old[name]));
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|required| required == name))
}
