//! A property of the template.

use crate::template::{error::TemplateError, node::Node, scope::Scope};

/// A value and its place in the template, so that every error names the resource and the property.
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

    /// The logical id of the resource.
    pub(super) fn resource(&self) -> &'a str {
        self.resource
    }

    fn child(&self, step: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() { step.to_owned() } else { format!("{}.{step}", self.path) };
        Self { path, node, ..self.clone() }
    }

    /// Returns a member, or `None` if it is absent. An intrinsic function has no known members, so this is an error there.
    pub(super) fn get(&self, key: &str) -> Result<Option<Self>, TemplateError> {
        if let Node::Intrinsic(..) = self.node {
            return Err(self.unresolved());
        }
        Ok(self.node.get(key).filter(|node| !node.is_no_value()).map(|node| self.child(key, node)))
    }

    /// See [`Node::is_no_value`].
    pub(super) fn is_no_value(&self) -> bool {
        self.node.is_no_value()
    }

    /// Returns the member at a path, or `None` if any step is absent.
    pub(super) fn path(&self, keys: &[&str]) -> Result<Option<Self>, TemplateError> {
        keys.iter().try_fold(Some(self.clone()), |found, key| found.map_or(Ok(None), |property| property.get(key)))
    }

    /// Returns a member that must be there.
    pub(super) fn require(&self, key: &str) -> Result<Self, TemplateError> {
        self.get(key)?.ok_or_else(|| TemplateError::Missing {
            resource: self.resource.to_owned(),
            property: self.child(key, &Node::Null).path,
        })
    }

    /// Returns the members of a map, by name.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        match self.node {
            Node::Map(entries) => Ok(entries.iter().map(|(key, node)| (key.as_str(), self.child(key, node))).collect()),
            Node::Null => Ok(Vec::new()),
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a map")),
        }
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        match self.node {
            Node::List(items) => {
                Ok(items.iter().enumerate().map(|(at, node)| self.child(&at.to_string(), node)).collect())
            }
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a list")),
        }
    }

    /// Returns a text, with `!Ref` and `!Sub` resolved. Numbers and booleans are texts too.
    pub(super) fn text(&self) -> Result<String, TemplateError> {
        match self.node {
            Node::Intrinsic(name, argument) => match (name.as_str(), &**argument) {
                ("Ref", Node::Text(target)) => self.scope.resolve(target).ok_or_else(|| self.unresolved()),
                ("Sub", Node::Text(pattern)) => self.scope.substitute(pattern).ok_or_else(|| self.unresolved()),
                _ => Err(self.unresolved()),
            },
            node => node.text().ok_or_else(|| self.invalid("a text")),
        }
    }

    /// Returns a list of texts. A single text is split at its commas, as for a parameter of type `CommaDelimitedList`.
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

    /// Returns the resource and the attribute of a `!GetAtt`.
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
