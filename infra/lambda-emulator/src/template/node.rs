//! A YAML tree that knows CloudFormation's intrinsic functions.

use saphyr::{Scalar, Yaml};

/// A YAML value. `!Ref A` and `{Ref: A}` are both `Intrinsic("Ref", "A")`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Intrinsic(String, Box<Node>),
}

impl Node {
    pub(super) fn from_yaml(yaml: &Yaml<'_>) -> Self {
        match yaml {
            Yaml::Value(Scalar::Null) | Yaml::Alias(_) | Yaml::BadValue => Self::Null,
            Yaml::Value(Scalar::Boolean(value)) => Self::Boolean(*value),
            Yaml::Value(Scalar::Integer(value)) => Self::Integer(*value),
            Yaml::Value(Scalar::FloatingPoint(value)) => Self::Text(value.to_string()),
            Yaml::Value(Scalar::String(value)) => Self::Text(value.clone().into_owned()),
            Yaml::Representation(value, ..) => Self::Text(value.clone().into_owned()),
            Yaml::Sequence(items) => Self::List(items.iter().map(Self::from_yaml).collect()),
            Yaml::Tagged(tag, inner) => Self::Intrinsic(tag.suffix.clone(), Box::new(Self::from_yaml(inner))),
            Yaml::Mapping(entries) => {
                let entries: Vec<(String, Self)> = entries
                    .iter()
                    .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), Self::from_yaml(value))))
                    .collect();
                match entries.as_slice() {
                    [(key, value)] if key == "Ref" => Self::Intrinsic(key.clone(), Box::new(value.clone())),
                    [(key, value)] if key.starts_with("Fn::") => {
                        Self::Intrinsic(key.trim_start_matches("Fn::").to_owned(), Box::new(value.clone()))
                    }
                    _ => Self::Map(entries),
                }
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether this is `!Ref AWS::NoValue`. CloudFormation then leaves the property out.
    pub(super) fn is_no_value(&self) -> bool {
        matches!(self, Self::Intrinsic(name, argument) if name == "Ref" && argument.is_text("AWS::NoValue"))
    }

    pub(super) fn is_text(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text == expected)
    }

    /// The members of a map. Empty if this is not a map.
    pub(super) fn entries(&self) -> &[(String, Self)] {
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
