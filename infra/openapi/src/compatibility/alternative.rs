//! The alternatives of a schema, each of one type: the members of `anyOf` and `oneOf`, the types of a list of types,
//! and the values of `enum`.
//!
//! Two objects have the same kind if the same of their fields are constants with the same values, because clients
//! choose between objects by such a field.

use std::{fmt, mem};

use serde_json::{Map, Value, json};

use crate::compatibility::found::Found;

/// The depth at which a comparison ends, because schemas may contain themselves.
pub(super) const MAX_DEPTH: usize = 24;

/// One of the forms that a value may have.
pub(super) struct Alternative {
    pub(super) kind: Kind,
    /// Has no `$ref`, `anyOf`, `oneOf` or `allOf` of its own.
    pub(super) schema: Value,
}

/// What tells one alternative from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Constant(Value),
    Type(String),
    /// An object, with the fields whose values are constant.
    Object(Vec<(String, Value)>),
}

impl Kind {
    /// Returns whether this kind of the newer schema stands for `before` of the older one. An object may have more
    /// constant fields than before.
    pub(super) fn succeeds(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Object(own), Self::Object(before)) => before.iter().all(|constant| own.contains(constant)),
            _ => self == before,
        }
    }

    /// Returns whether every value of `other` is one of this kind.
    pub(super) fn includes(&self, other: &Self) -> bool {
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

    /// Returns whether both are objects that differ in the same constant field.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(own), Self::Object(other)) => {
                own.iter().any(|(name, _)| other.iter().any(|(other, _)| name == other))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
pub(super) fn alternatives(found: &Found<'_>, document: usize, schema: &Value) -> Vec<Alternative> {
    let mut flat = Vec::new();
    flatten(found, document, schema, &Map::new(), 0, &mut flat);
    let resolve = |value: &Value| found.resolve(document, value).clone();
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
    let Value::Object(mut own) = found.resolve(document, schema).clone() else {
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
            let before = mem::take(&mut parts);
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
    let name = schema.get("type").and_then(Value::as_str);
    if name == Some("object") || name.is_none() && schema.contains_key("properties") {
        let constant = |(name, schema): (&String, &Value)| {
            let schema = resolve(schema);
            let in_all =
                schema["allOf"].as_array().into_iter().flatten().map(resolve).find_map(|s| s.get("const").cloned());
            Some((name.clone(), schema.get("const").cloned().or(in_all)?))
        };
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        return Kind::Object(fields.filter_map(constant).collect());
    }
    match name {
        Some(name) => Kind::Type(name.to_owned()),
        None => Kind::Any,
    }
}
