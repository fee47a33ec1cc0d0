//! A property of the template.

mod errors;

use std::ops::RangeInclusive;

use crate::template::{
    error::TemplateError,
    node::{Item, MapEntry, Node},
    scope::Scope,
};

/// A value and its place in the template, so that every error names the line, the resource and the property.
#[derive(Clone)]
pub(super) struct Property<'a> {
    scope: &'a Scope<'a>,
    resource: &'a str,
    path: String,
    /// The line of its key, or of the item of a list.
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

    /// The place of the value: as [`Property::place`], but of a parameter's `Default` if this is `!Ref <parameter>`.
    pub(super) fn origin(&self) -> String {
        let line = match self.node {
            Node::Intrinsic(name, argument) if name == "Ref" => {
                argument.text().and_then(|name| self.scope.line_of_default(&name))
            }
            _ => None,
        };
        format!("{}:{}", self.scope.file(), line.unwrap_or(self.line))
    }

    /// Returns whether another resource has a property.
    pub(super) fn has_property_of(&self, resource: &str, property: &str) -> bool {
        let resource = self.scope.resources().iter().find(|entry| entry.key == resource);
        let properties = resource.and_then(|resource| resource.node.get("Properties"));
        properties.is_some_and(|properties| properties.get(property).is_some())
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

    pub(super) fn node(&self) -> &'a Node {
        self.node
    }

    /// Returns the members of a map, the items of a list, or the argument of an intrinsic function.
    pub(super) fn children(&self) -> Vec<Self> {
        match self.node {
            Node::Map(entries) => entries.iter().map(|entry| self.member(entry)).collect(),
            Node::List(items) => {
                items.iter().enumerate().map(|(at, item)| self.child(&at.to_string(), item.line, &item.node)).collect()
            }
            Node::Intrinsic(_, argument) => vec![Self { node: argument, ..self.clone() }],
            Node::Null | Node::Boolean(_) | Node::Integer(_) | Node::Text(_) => Vec::new(),
        }
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
            Node::List(_) => Ok(self.children()),
            Node::Intrinsic(..) => Err(self.unresolved()),
            _ => Err(self.invalid("a list")),
        }
    }

    /// Returns a text, with `!Ref`, `!Sub` and `!Join` resolved. Numbers and booleans are texts too.
    pub(super) fn text(&self) -> Result<String, TemplateError> {
        match self.node {
            Node::Intrinsic(name, argument) => match (name.as_str(), &**argument) {
                ("Ref", Node::Text(target)) => self.scope.resolve(target).ok_or_else(|| self.unresolved()),
                ("Join", Node::List(_)) => self.joined(),
                ("Sub", Node::Text(pattern)) => self.scope.substitute(pattern).ok_or_else(|| self.unresolved()),
                _ => Err(self.unresolved()),
            },
            node => node.text().ok_or_else(|| self.invalid("a text")),
        }
    }

    /// Returns the text of a `!Join [<separator>, <list>]`.
    fn joined(&self) -> Result<String, TemplateError> {
        match self.children().first().map(Self::children).as_deref() {
            Some([separator, list]) => Ok(list.texts()?.join(&separator.text()?)),
            _ => Err(self.unresolved()),
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

    /// Returns an integer in this range. `expected` is the range in words.
    pub(super) fn integer_in<T: std::str::FromStr + PartialOrd>(
        &self,
        range: RangeInclusive<T>,
        expected: &'static str,
    ) -> Result<T, TemplateError> {
        let value = self.text()?.parse().ok().filter(|value| range.contains(value));
        value.ok_or_else(|| self.invalid(expected))
    }

    pub(super) fn boolean(&self) -> Result<bool, TemplateError> {
        self.text()?.parse().map_err(|_| self.invalid("true or false"))
    }

    /// Returns the name of a `!Ref`, or `None` if this is another value.
    pub(super) fn reference(&self) -> Option<&'a str> {
        match self.node {
            Node::Intrinsic(name, argument) if name == "Ref" => match &**argument {
                Node::Text(target) => Some(target),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the resource and the attribute of a `!GetAtt`.
    pub(super) fn attribute(&self) -> Result<(String, String), TemplateError> {
        let target = match self.node {
            Node::Intrinsic(name, argument) if name == "GetAtt" => match &**argument {
                Node::Text(text) => {
                    text.split_once('.').map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned()))
                }
                Node::List(items) => match items.as_slice() {
                    [Item { node: Node::Text(resource), .. }, Item { node: Node::Text(attribute), .. }] => {
                        Some((resource.clone(), attribute.clone()))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        target.ok_or_else(|| self.unresolved())
    }
}
