//! The comparison of two schemas.
//!
//! A schema is a list of alternatives, each of one type: the members of `anyOf` and `oneOf`, the types of a list of
//! types, and the values of `enum`. Alternatives of the two schemas are compared if they have the same kind. Two objects
//! have the same kind if the same of their fields are constants with the same values, because clients choose between
//! objects by such a field.

use serde_json::{Map, Value, json};

use crate::compatibility::{Found, object};

/// Who reads a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The server. It must accept what it accepted before.
    Request,
    /// The client. The server must send what the client expects.
    Answer,
}

/// The depth at which a comparison ends, because schemas may contain themselves.
const MAX_DEPTH: usize = 24;

/// The limits of a schema that a higher value loosens.
const MAXIMA: [&str; 5] = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
/// The limits of a schema that a lower value loosens.
const MINIMA: [&str; 5] = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];
/// Rules that cannot be compared. Another rule may refuse what the rule before allowed.
const RULES: [&str; 4] = ["pattern", "format", "multipleOf", "propertyNames"];

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
    for after in &new {
        let is_expected = |before: &Alternative| {
            after.kind.succeeds(&before.kind) || before.kind.includes(&after.kind) || before.kind.is_like(&after.kind)
        };
        if !old.iter().any(is_expected) {
            found.report(format!("{} is possible now", after.kind));
        }
    }
}

fn compare_alternatives(found: &mut Found<'_>, direction: Direction, old: &Value, new: &Value) {
    compare_fields(found, direction, old, new);
    for name in ["items", "additionalProperties"] {
        if old[name].is_object() && new[name].is_object() {
            found.at(name, |found| compare_schemas(found, direction, &old[name], &new[name]));
        }
    }
    match direction {
        Direction::Request => compare_rules(found, old, new),
        Direction::Answer if old["format"] != new["format"] && !old["format"].is_null() => {
            found.report(format!("the format was {}", old["format"]));
        }
        Direction::Answer => {}
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
        let added = object(&new["properties"]).filter(|(name, _)| old["properties"][*name].is_null());
        for (name, _) in added.filter(|(name, _)| requires(new, name)) {
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
    for name in RULES {
        if !new[name].is_null() && new[name] != old[name] {
            found.report(format!("{name} is {} now", new[name]));
        }
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|required| required == name))
}

/// One of the forms that a value may have.
struct Alternative {
    kind: Kind,
    /// Has no `$ref`, `anyOf`, `oneOf` or `allOf` of its own.
    schema: Value,
}

/// What tells one alternative from another.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Constant(Value),
    Type(String),
    /// An object, with the fields whose values are constant.
    Object(Vec<(String, Value)>),
}

impl Kind {
    /// Returns whether this kind of the newer schema stands for `before` of the older one. An object may have more
    /// constant fields than before.
    fn succeeds(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Object(own), Self::Object(before)) => before.iter().all(|constant| own.contains(constant)),
            _ => self == before,
        }
    }

    /// Returns whether every value of `other` is one of this kind.
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Type(name), Self::Constant(value)) => match value {
                Value::String(_) => name == "string",
                Value::Bool(_) => name == "boolean",
                Value::Number(_) => name == "number" || name == "integer",
                Value::Null | Value::Array(_) | Value::Object(_) => false,
            },
            _ => false,
        }
    }

    /// Returns whether a client that knows this kind expects more of the same: another value of an enumeration, or
    /// another object that differs in the same constant field.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(own), Self::Constant(other)) => {
                std::mem::discriminant(own) == std::mem::discriminant(other)
            }
            (Self::Object(own), Self::Object(other)) => {
                own.iter().any(|(name, _)| other.iter().any(|(other, _)| name == other))
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any value"),
            Self::Constant(value) => write!(f, "{value}"),
            Self::Type(name) => write!(f, "the type {name}"),
            Self::Object(constants) if constants.is_empty() => f.write_str("the type object"),
            Self::Object(constants) => {
                let constants: Vec<_> = constants.iter().map(|(name, value)| format!("{name} {value}")).collect();
                write!(f, "the object with {}", constants.join(", "))
            }
        }
    }
}

/// Splits a schema into its alternatives.
fn alternatives(found: &Found<'_>, document: usize, schema: &Value) -> Vec<Alternative> {
    let mut flat = Vec::new();
    flatten(found, document, schema, &Map::new(), 0, &mut flat);
    let resolve = |value: &Value| resolved(found, document, value);
    flat.into_iter()
        .map(|schema| Alternative { kind: kind(&schema, &resolve), schema: Value::Object(schema) })
        .collect()
}

/// Adds the alternatives of a schema, each with the rules that surround it.
fn flatten(
    found: &Found<'_>,
    document: usize,
    schema: &Value,
    around: &Map<String, Value>,
    depth: usize,
    flat: &mut Vec<Map<String, Value>>,
) {
    let Value::Object(mut own) = resolved(found, document, schema) else {
        return flat.push(around.clone());
    };
    if depth > MAX_DEPTH {
        return flat.push(around.clone());
    }
    // Words beside `$ref` are rules as well (JSON Schema 2020-12).
    if let Value::Object(beside) = schema
        && beside.contains_key("$ref")
    {
        own.extend(
            beside.iter().filter(|(name, _)| *name != "$ref").map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    let mut parts: Vec<Map<String, Value>> = vec![around.clone()];
    if let Some(Value::Array(all)) = own.remove("allOf") {
        for part in &all {
            let before = std::mem::take(&mut parts);
            for around in &before {
                flatten(found, document, part, around, depth + 1, &mut parts);
            }
        }
    }
    let choices = ["anyOf", "oneOf"].into_iter().find_map(|name| own.remove(name));
    let types = own.get("type").and_then(Value::as_array).cloned();
    let values = own.remove("enum");
    for around in parts {
        let merged = merge(around, &own);
        match (&choices, &types, &values) {
            (Some(Value::Array(choices)), ..) => {
                choices.iter().for_each(|choice| flatten(found, document, choice, &merged, depth + 1, flat));
            }
            (_, _, Some(Value::Array(values))) => {
                flat.extend(values.iter().map(|value| with(merged.clone(), "const", value.clone())));
            }
            (_, Some(types), _) => flat.extend(types.iter().map(|name| with(merged.clone(), "type", name.clone()))),
            _ => flat.push(merged),
        }
    }
}

fn resolved(found: &Found<'_>, document: usize, schema: &Value) -> Value {
    let mut schema = schema;
    while let Some(reference) = schema["$ref"].as_str() {
        let target = reference.strip_prefix('#').and_then(|pointer| found.documents[document].pointer(pointer));
        schema = target.unwrap_or(&Value::Null);
    }
    schema.clone()
}

fn with(mut schema: Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    schema.insert(name.to_owned(), value);
    schema
}

/// Merges the rules of two schemas that both apply.
fn merge(mut around: Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    for (name, value) in own {
        match (name.as_str(), around.get_mut(name), value) {
            ("properties", Some(Value::Object(all)), Value::Object(more)) => {
                for (field, schema) in more {
                    let both = match all.remove(field) {
                        Some(before) => json!({ "allOf": [before, schema] }),
                        None => schema.clone(),
                    };
                    all.insert(field.clone(), both);
                }
            }
            ("required", Some(Value::Array(all)), Value::Array(more)) => all.extend(more.iter().cloned()),
            _ => drop(around.insert(name.clone(), value.clone())),
        }
    }
    around
}

fn kind(schema: &Map<String, Value>, resolve: &impl Fn(&Value) -> Value) -> Kind {
    if let Some(value) = schema.get("const") {
        return Kind::Constant(value.clone());
    }
    let is_object = schema.contains_key("properties") || schema.get("type").is_some_and(|name| name == "object");
    if is_object {
        let constant = |(name, schema): (&String, &Value)| {
            let schema = resolve(schema);
            let in_all =
                schema["allOf"].as_array().into_iter().flatten().map(resolve).find_map(|s| s.get("const").cloned());
            Some((name.clone(), schema.get("const").cloned().or(in_all)?))
        };
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        return Kind::Object(fields.filter_map(constant).collect());
    }
    match schema.get("type").and_then(Value::as_str) {
        Some(name) => Kind::Type(name.to_owned()),
        None => Kind::Any,
    }
}
