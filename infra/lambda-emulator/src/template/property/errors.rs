//! The errors of a property, with its place.

use super::Property;
use crate::template::{error::TemplateError, node::Node, suggestion::suggest};

impl Property<'_> {
    pub(in crate::template) fn invalid(&self, expected: &'static str) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Invalid { resource, property, expected })
    }

    /// Returns the error of a map's member `name` that does not exist. `known` are the names that SAM or CloudFormation
    /// has there.
    pub(in crate::template) fn unknown(&self, name: &str, kind: &'static str, known: &[&str]) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Unknown { resource, property, kind, hint: suggest(name, known) })
    }

    /// Returns the error of a text that is not one of the known ones.
    pub(in crate::template) fn not_allowed(&self, value: &str, known: &[&str]) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        let (value, hint) = (value.to_owned(), suggest(value, known));
        self.error(TemplateError::NotAllowed { resource, property, value, hint })
    }

    /// Returns the error of a resource type that does not exist.
    pub(in crate::template) fn unknown_type(&self, kind: &str, known: &[&str]) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        let (kind, hint) = (kind.to_owned(), suggest(kind, known));
        self.error(TemplateError::UnknownType { resource, property, kind, hint })
    }

    /// Returns the error of an intrinsic function that does not exist.
    pub(in crate::template) fn unknown_function(&self, name: &str, known: &[&str]) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        let (name, hint) = (name.to_owned(), suggest(name, known));
        self.error(TemplateError::UnknownFunction { resource, property, name, hint })
    }

    /// Returns the error of a reference to a name that does not exist. `known` are the names that do.
    pub(in crate::template) fn dangling(
        &self,
        reference: String,
        name: &str,
        kind: &'static str,
        known: &[&str],
    ) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        let missing = format!("{kind} {name}{}", suggest(name, known));
        self.error(TemplateError::Dangling { resource, property, reference, missing })
    }

    pub(in crate::template) fn unsupported_event(&self, kind: String) -> TemplateError {
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Event { resource, property, kind })
    }

    pub(super) fn unresolved(&self) -> TemplateError {
        let intrinsic = match self.node {
            Node::Intrinsic(name, argument) => {
                format!("!{name} {}", argument.text().unwrap_or_default()).trim_end().to_owned()
            }
            _ => "a plain value".to_owned(),
        };
        let (resource, property) = (self.resource.to_owned(), self.path.clone());
        self.error(TemplateError::Intrinsic { resource, property, intrinsic })
    }

    pub(super) fn error(&self, error: TemplateError) -> TemplateError {
        TemplateError::At { place: self.place(), error: Box::new(error) }
    }
}
