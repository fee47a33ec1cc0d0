//! The breaks that a comparison finds.

use std::fmt;

use serde_json::{Map, Value};

/// A change that breaks clients.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// The place in the description, for example `get-thread: 200: application/json: title`.
    pub place: String,
    /// The change, for example `the field is gone`.
    pub change: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.change)
    }
}

/// The breaks that were found so far, and the place of the comparison.
pub(super) struct Found<'a> {
    /// The older and the newer description.
    pub(super) documents: [&'a Value; 2],
    pub(super) place: Vec<String>,
    pub(super) breaks: Vec<Break>,
}

impl<'a> Found<'a> {
    pub(super) fn at(&mut self, place: &str, compare: impl FnOnce(&mut Self)) {
        self.place.push(place.to_owned());
        compare(self);
        self.place.pop();
    }

    pub(super) fn report(&mut self, change: impl Into<String>) {
        self.breaks.push(Break { place: self.place.join(": "), change: change.into() });
    }

    /// Follows the references of a value of the older (0) or newer (1) description.
    pub(super) fn resolve<'v>(&self, document: usize, value: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        let mut value = value;
        while let Some(reference) = value["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.documents[document].pointer(pointer));
            value = target.unwrap_or(&Value::Null);
        }
        value
    }
}

/// The members of an object. Empty for any other value.
pub(super) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
