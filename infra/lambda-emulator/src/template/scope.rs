//! References: `!Ref` and `!Sub` of parameters, resources and pseudo parameters.

use crate::{
    account::{ACCOUNT_ID, REGION},
    template::node::{MapEntry, Node},
};

/// The names that a reference can resolve.
pub(super) struct Scope<'a> {
    root: &'a Node,
    /// The file of the template, for errors.
    file: &'a str,
}

impl<'a> Scope<'a> {
    pub(super) fn new(root: &'a Node, file: &'a str) -> Self {
        Self { root, file }
    }

    pub(super) fn file(&self) -> &'a str {
        self.file
    }

    /// All resources. Their keys are the logical ids.
    pub(super) fn resources(&self) -> &'a [MapEntry] {
        self.root.get("Resources").map_or(&[], Node::entries)
    }

    /// The names in a section.
    pub(super) fn names(&self, section: &str) -> Vec<&'a str> {
        let entries = self.root.get(section).map_or(&[][..], Node::entries);
        entries.iter().map(|entry| entry.key.as_str()).collect()
    }

    /// Resolves `!Ref name`: to a parameter's `Default` (blank if it has none), or to a resource's logical id.
    pub(super) fn resolve(&self, name: &str) -> Option<String> {
        let pseudo = match name {
            "AWS::AccountId" => Some(ACCOUNT_ID),
            "AWS::NoValue" => Some(""),
            "AWS::Partition" => Some("aws"),
            "AWS::Region" => Some(REGION),
            "AWS::StackName" => Some("local"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
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

    /// Returns the line of a parameter's `Default`, or of the parameter if it has none.
    pub(super) fn line_of_default(&self, parameter: &str) -> Option<usize> {
        let parameter = self.root.get("Parameters")?.entry(parameter)?;
        Some(parameter.node.entry("Default").map_or(parameter.line, |default| default.line))
    }

    /// Replaces each `${Name}` as `!Ref Name`. Returns `None` if a name cannot be resolved.
    pub(super) fn substitute(&self, text: &str) -> Option<String> {
        let mut pieces = text.split("${");
        let mut result = pieces.next()?.to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}')?;
            match name.strip_prefix('!') {
                Some(literal) => result.push_str(&format!("${{{literal}}}")),
                None => result.push_str(&self.resolve(name)?),
            }
            result.push_str(rest);
        }
        Some(result)
    }
}
