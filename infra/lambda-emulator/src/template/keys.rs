//! A check of the names in a map, of those in the maps inside it, and of texts that are one of a few.

use crate::template::{error::TemplateError, node::Node, property::Property};

/// The members that a map of the template can have. They also hold for each item of a list of such maps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    /// The map, for errors, for example `an event`.
    kind: &'static str,
    /// The names, separated by spaces; `*` is any name.
    names: &'static str,
    /// The members that are maps with known members of their own.
    inner: &'static [(&'static str, Keys)],
    /// The members of `Properties`, if the member `Type` is the name beside them.
    by_type: &'static [(&'static str, Keys)],
    /// The texts that can be there instead of a map, separated by spaces. `A*` is every text that begins with A.
    texts: &'static str,
}

impl Keys {
    pub(super) const fn new(kind: &'static str, names: &'static str) -> Self {
        Self { kind, names, inner: &[], by_type: &[], texts: "" }
    }

    /// The keys of a map whose members have any name, and are `each`.
    pub(super) const fn each(each: &'static [(&'static str, Keys); 1]) -> Self {
        Self { inner: each, ..Self::new("", "*") }
    }

    /// One of these texts, or a list of them.
    pub(super) const fn one_of(texts: &'static str) -> Self {
        Self { texts, ..Self::new("", "*") }
    }

    pub(super) const fn with(self, inner: &'static [(&'static str, Keys)]) -> Self {
        Self { inner, ..self }
    }

    pub(super) const fn with_types(self, by_type: &'static [(&'static str, Keys)]) -> Self {
        Self { by_type, ..self }
    }

    /// Refuses the first member whose name is unknown, and the first text that is not one of its few, at any depth.
    /// Both values of an `!If` are checked; the result of another intrinsic function cannot be. A name such as
    /// `Fn::Transform` adds members that cannot be seen here.
    pub(super) fn check(&self, property: &Property<'_>) -> Result<(), TemplateError> {
        match property.node() {
            Node::List(_) => property.children().iter().try_for_each(|item| self.check(item)),
            Node::Intrinsic(name, _) if name == "If" => {
                let argument = property.children();
                let values = argument.iter().flat_map(Property::children).skip(1);
                values.into_iter().try_for_each(|value| self.check(&value))
            }
            Node::Map(_) => {
                let by_type =
                    property.node().get("Type").and_then(Node::text).and_then(|kind| find(self.by_type, &kind));
                for (name, member) in property.entries()? {
                    let names: Vec<&str> = self.names.split(' ').collect();
                    if !names.contains(&name) && !names.contains(&"*") && !name.starts_with("Fn::") {
                        return Err(member.unknown(name, self.kind, &names));
                    }
                    let keys = if name == "Properties" { by_type } else { None };
                    keys.or_else(|| find(self.inner, name)).map_or(Ok(()), |keys| keys.check(&member))?;
                }
                Ok(())
            }
            Node::Text(text) if !self.allows(text) => {
                Err(property.not_allowed(text, &self.texts.split(' ').collect::<Vec<_>>()))
            }
            Node::Null | Node::Boolean(_) | Node::Integer(_) | Node::Text(_) | Node::Intrinsic(..) => Ok(()),
        }
    }

    fn allows(&self, text: &str) -> bool {
        let is_one = |known: &str| match known.strip_suffix('*') {
            Some(start) if !start.is_empty() => text.starts_with(start),
            _ => known == text,
        };
        self.texts.is_empty() || self.texts.split(' ').any(is_one)
    }
}

/// Finds the keys of a name.
fn find<'a>(all: &'a [(&'static str, Keys)], name: &str) -> Option<&'a Keys> {
    all.iter().find(|(other, _)| *other == name || *other == "*").map(|(_, keys)| keys)
}

#[cfg(test)]
impl Keys {
    /// Asserts that every member with inner keys is one of the names.
    pub(super) fn assert_consistent(&self) {
        for (name, keys) in self.inner {
            assert!(self.names.split(' ').any(|other| other == *name), "{} has no {name}", self.kind);
            keys.assert_consistent();
        }
        self.by_type.iter().for_each(|(_, keys)| keys.assert_consistent());
    }
}
