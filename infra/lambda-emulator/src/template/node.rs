//! A YAML tree that knows CloudFormation's intrinsic functions, and the lines of its keys.

use saphyr::{MarkedYaml, Scalar, YamlData};

/// A YAML value. `!Ref A` and `{Ref: A}` are both `Intrinsic("Ref", "A")`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<Item>),
    Map(Vec<MapEntry>),
    Intrinsic(String, Box<Node>),
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The line on which its value begins, from 1.
    pub(super) line: usize,
    pub(super) node: Node,
}

/// A member of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MapEntry {
    pub(super) key: String,
    /// The line of the key in the file, from 1.
    pub(super) line: usize,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn from_yaml(yaml: &MarkedYaml<'_>) -> Self {
        match &yaml.data {
            YamlData::Value(Scalar::Null) | YamlData::Alias(_) | YamlData::BadValue => Self::Null,
            YamlData::Value(Scalar::Boolean(value)) => Self::Boolean(*value),
            YamlData::Value(Scalar::Integer(value)) => Self::Integer(*value),
            YamlData::Value(Scalar::FloatingPoint(value)) => Self::Text(value.to_string()),
            YamlData::Value(Scalar::String(value)) => Self::Text(value.clone().into_owned()),
            YamlData::Representation(value, ..) => Self::Text(value.clone().into_owned()),
            YamlData::Sequence(items) => {
                let item = |item: &MarkedYaml<'_>| Item { line: item.span.start.line(), node: Self::from_yaml(item) };
                Self::List(items.iter().map(item).collect())
            }
            YamlData::Tagged(tag, inner) => Self::Intrinsic(tag.suffix.clone(), Box::new(Self::from_yaml(inner))),
            YamlData::Mapping(entries) => {
                let entry = |(key, value): (&MarkedYaml<'_>, &MarkedYaml<'_>)| {
                    let line = key.span.start.line();
                    Some(MapEntry { key: key.data.as_str()?.to_owned(), line, node: Self::from_yaml(value) })
                };
                let entries: Vec<MapEntry> = entries.iter().filter_map(entry).collect();
                match entries.as_slice() {
                    [MapEntry { key, node, .. }] if key == "Ref" => {
                        Self::Intrinsic(key.clone(), Box::new(node.clone()))
                    }
                    [MapEntry { key, node, .. }] if key.starts_with("Fn::") => {
                        Self::Intrinsic(key.trim_start_matches("Fn::").to_owned(), Box::new(node.clone()))
                    }
                    _ => Self::Map(entries),
                }
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&MapEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Returns whether this is `!Ref AWS::NoValue`. CloudFormation then leaves the property out.
    pub(super) fn is_no_value(&self) -> bool {
        matches!(self, Self::Intrinsic(name, argument) if name == "Ref" && argument.is_text("AWS::NoValue"))
    }

    pub(super) fn is_text(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text == expected)
    }

    /// The members of a map. Empty if this is not a map.
    pub(super) fn entries(&self) -> &[MapEntry] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The text of a plain value. Returns `None` if the value is not a text, a number or a boolean.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Intrinsic(..) => None,
        }
    }
}
