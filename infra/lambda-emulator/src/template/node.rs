//! A YAML tree in which CloudFormation's intrinsic functions can be seen, and a cursor that resolves the simple ones.

use saphyr::{Scalar, Yaml};

use super::TemplateError;

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

    pub(super) fn is_text(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text == expected)
    }

    fn entries(&self) -> &[(String, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Intrinsic(..) => None,
        }
    }
}

/// What a `!Ref` may name.
pub(super) struct Scope<'a> {
    root: &'a Node,
}

impl<'a> Scope<'a> {
    pub(super) fn new(root: &'a Node) -> Self {
        Self { root }
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let resources = self.root.get("Resources").map_or(&[][..], Node::entries);
        resources.iter().map(|(id, resource)| (id.as_str(), resource))
    }

    /// A parameter gives its `Default` (blank without one), a resource its logical id.
    fn reference(&self, name: &str) -> Option<String> {
        let pseudo = match name {
            "AWS::AccountId" => Some("000000000000"),
            "AWS::NoValue" => Some(""),
            "AWS::Partition" => Some("aws"),
            "AWS::Region" => Some(crate::REGION),
            "AWS::StackName" => Some("local"),
            _ => None,
        };
        if let Some(pseudo) = pseudo {
            return Some(pseudo.to_owned());
        }
        let section = |section: &str| self.root.get(section).and_then(|entries| entries.get(name));
        match (section("Parameters"), section("Resources")) {
            (Some(parameter), _) => Some(parameter.get("Default").and_then(Node::text).unwrap_or_default()),
            (None, Some(_)) => Some(name.to_owned()),
            (None, None) => None,
        }
    }

    /// `${Name}` replaced as `!Ref Name`; `None` names something that cannot be resolved.
    fn substitute(&self, text: &str) -> Option<String> {
        let mut pieces = text.split("${");
        let mut result = pieces.next()?.to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}')?;
            match name.strip_prefix('!') {
                Some(literal) => result.push_str(&format!("${{{literal}}}")),
                None => result.push_str(&self.reference(name)?),
            }
            result.push_str(rest);
        }
        Some(result)
    }
}

/// A value and where it stands, so that every error can name the resource and property.
#[derive(Clone)]
pub(super) struct Property<'a> {
    scope: &'a Scope<'a>,
    resource: &'a str,
    path: String,
    node: &'a Node,
}

impl<'a> Property<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, resource: &'a str, node: &'a Node) -> Self {
        Self { scope, resource, path: String::new(), node }
    }

    /// Logical id of the resource this belongs to.
    pub(super) fn resource(&self) -> &'a str {
        self.resource
    }

    fn child(&self, step: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() { step.to_owned() } else { format!("{}.{step}", self.path) };
        Self { path, node, ..self.clone() }
    }

    /// A member; `None` when absent. Looking into an intrinsic function is an error: what it would give is unknown.
    pub(super) fn get(&self, key: &str) -> Result<Option<Self>, TemplateError> {
        if let Node::Intrinsic(..) = self.node {
            return Err(self.unresolved());
        }
        Ok(self.node.get(key).filter(|node| !is_no_value(node)).map(|node| self.child(key, node)))
    }

    /// Whether this is `!Ref AWS::NoValue`, for which CloudFormation leaves the property out.
    pub(super) fn is_no_value(&self) -> bool {
        is_no_value(self.node)
    }

    /// A member of a member, and so on; `None` when any is absent.
    pub(super) fn path(&self, keys: &[&str]) -> Result<Option<Self>, TemplateError> {
        keys.iter().try_fold(Some(self.clone()), |found, key| found.map_or(Ok(None), |property| property.get(key)))
    }

    pub(super) fn require(&self, key: &str) -> Result<Self, TemplateError> {
        self.get(key)?.ok_or_else(|| TemplateError::Missing {
            resource: self.resource.to_owned(),
            property: self.child(key, &Node::Null).path,
        })
    }

    /// Members of a map, by name.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        match self.node {
            Node::Map(entries) => Ok(entries.iter().map(|(key, node)| (key.as_str(), self.child(key, node))).collect()),
            Node::Null => Ok(Vec::new()),
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a map")),
        }
    }

    pub(super) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        match self.node {
            Node::List(items) => {
                Ok(items.iter().enumerate().map(|(at, node)| self.child(&at.to_string(), node)).collect())
            }
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a list")),
        }
    }

    pub(super) fn text(&self) -> Result<String, TemplateError> {
        match self.node {
            Node::Intrinsic(name, argument) => match (name.as_str(), &**argument) {
                ("Ref", Node::Text(target)) => self.scope.reference(target).ok_or_else(|| self.unresolved()),
                ("Sub", Node::Text(pattern)) => self.scope.substitute(pattern).ok_or_else(|| self.unresolved()),
                _ => Err(self.unresolved()),
            },
            node => node.text().ok_or_else(|| self.invalid("a text")),
        }
    }

    /// A list of texts; a `!Ref` of a `CommaDelimitedList` parameter is one too.
    pub(super) fn texts(&self) -> Result<Vec<String>, TemplateError> {
        match self.node {
            Node::List(_) => self.items()?.iter().map(Self::text).collect(),
            _ => {
                Ok(self.text()?.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect())
            }
        }
    }

    pub(super) fn integer<T: std::str::FromStr>(&self) -> Result<T, TemplateError> {
        self.text()?.parse().map_err(|_| self.invalid("a whole number"))
    }

    pub(super) fn boolean(&self) -> Result<bool, TemplateError> {
        self.text()?.parse().map_err(|_| self.invalid("true or false"))
    }

    /// The resource and attribute of a `!GetAtt`.
    pub(super) fn attribute(&self) -> Result<(String, String), TemplateError> {
        let target = match self.node {
            Node::Intrinsic(name, argument) if name == "GetAtt" => match &**argument {
                Node::Text(text) => {
                    text.split_once('.').map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned()))
                }
                Node::List(items) => match items.as_slice() {
                    [Node::Text(resource), Node::Text(attribute)] => Some((resource.clone(), attribute.clone())),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        target.ok_or_else(|| self.unresolved())
    }

    pub(super) fn invalid(&self, expected: &'static str) -> TemplateError {
        TemplateError::Invalid { resource: self.resource.to_owned(), property: self.path.clone(), expected }
    }

    pub(super) fn unsupported_event(&self, kind: String) -> TemplateError {
        TemplateError::Event { resource: self.resource.to_owned(), property: self.path.clone(), kind }
    }

    fn unresolved(&self) -> TemplateError {
        let intrinsic = match self.node {
            Node::Intrinsic(name, argument) => {
                format!("!{name} {}", argument.text().unwrap_or_default()).trim_end().to_owned()
            }
            _ => "a plain value".to_owned(),
        };
        TemplateError::Intrinsic { resource: self.resource.to_owned(), property: self.path.clone(), intrinsic }
    }
}

fn is_no_value(node: &Node) -> bool {
    matches!(node, Node::Intrinsic(name, argument) if name == "Ref" && argument.is_text("AWS::NoValue"))
}
