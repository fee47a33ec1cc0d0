//! A property of the template.

use crate::template::{
    error::TemplateError,
    node::{MapEntry, Node},
    scope::Scope,
};

/// A value and its place in the template, so that every error names the line, the resource and the property.
#[derive(Clone)]
pub(super) struct Property<'a> {
    scope: &'a Scope<'a>,
    resource: &'a str,
    path: String,
    /// The line of its key. An item of a list has the line of the list.
    line: usize,
    node: &'a Node,
}

impl<'a> Property<'a> {
    /// Returns the root of a resource, or of another part of the template that `name` names.
    pub(super) fn new(scope: &'a Scope<'a>, name: &'a str, line: usize, node: &'a Node) -> Self {
        Self { scope, resource: name, path: String::new(), line, node }
    }

    /// The place in the file, `<file>:<line>`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.scope.file(), self.line)
    }

    /// The logical id of the resource.
    pub(super) fn resource(&self) -> &'a str {
        self.resource
    }

    fn child(&self, step: &str, line: usize, node: &'a Node) -> Self {
        Self { path: self.path_of(step), line, node, ..self.clone() }
    }

    fn member(&self, entry: &'a MapEntry) -> Self {
        self.child(&entry.key, entry.line, &entry.node)
    }

    fn path_of(&self, step: &str) -> String {
        if self.path.is_empty() { step.to_owned() } else { format!("{}.{step}", self.path) }
    }

    /// Returns a member, or `None` if it is absent. An intrinsic function has no known members, so this is an error
    /// there.
    pub(super) fn get(&self, key: &str) -> Result<Option<Self>, TemplateError> {
        if let Node::Intrinsic(..) = self.node {
            return Err(self.unresolved());
        }
        Ok(self.node.entry(key).filter(|entry| !entry.node.is_no_value()).map(|entry| self.member(entry)))
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
        self.get(key)?.ok_or_else(|| {
            self.error(TemplateError::Missing { resource: self.resource.to_owned(), property: self.path_of(key) })
        })
    }

    /// Returns the members of a map, by name.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        match self.node {
            Node::Map(entries) => Ok(entries.iter().map(|entry| (entry.key.as_str(), self.member(entry))).collect()),
            Node::Null => Ok(Vec::new()),
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a map")),
        }
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        match self.node {
            Node::List(items) => {
                Ok(items.iter().enumerate().map(|(at, node)| self.child(&at.to_string(), self.line, node)).collect())
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
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Invalid { resource, property, expected })
    }

    /// Refuses every member of a map that is not in `known`, the names that SAM or CloudFormation has there. A name
    /// such as `Fn::Transform` adds members that cannot be seen here.
    pub(super) fn refuse_unknown(&self, kind: &'static str, known: &[&str]) -> Result<(), TemplateError> {
        let is_unknown = |entry: &&MapEntry| !known.contains(&entry.key.as_str()) && !entry.key.starts_with("Fn::");
        match self.node.entries().iter().find(is_unknown) {
            None => Ok(()),
            Some(entry) => {
                let (resource, property) = (self.resource.to_owned(), self.path_of(&entry.key));
                Err(self.member(entry).error(TemplateError::Unknown { resource, property, kind }))
            }
        }
    }

    pub(super) fn unsupported_event(&self, kind: String) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Event { resource, property, kind })
    }

    fn unresolved(&self) -> TemplateError {
        let intrinsic = match self.node {
            Node::Intrinsic(name, argument) => {
                format!("!{name} {}", argument.text().unwrap_or_default()).trim_end().to_owned()
            }
            _ => "a plain value".to_owned(),
        };
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Intrinsic { resource, property, intrinsic })
    }

    fn error(&self, error: TemplateError) -> TemplateError {
        TemplateError::At { place: self.place(), error: Box::new(error) }
    }
}
