//! The errors of the fields of a request.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::MAX_FIELD_ERRORS;

/// The maximum length of a field's path in a response, in characters. A caller may nest values as deeply as the parser
/// allows, and choose long names.
const MAX_PATH_CHARS: usize = 100;

/// The error of one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// The path of the field, for example `user.content`.
    pub field: String,
    /// The requirement on the field, with the limit.
    pub detail: String,
}

/// The errors of a request, in the order in which the fields were checked. Keeps the first 100.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FieldErrors(Vec<FieldError>);

impl fmt::Display for FieldError {
    /// Writes a sentence for people. A name may be empty, and is then written as `""`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, detail } = self;
        let empty_name = if field.is_empty() || field.ends_with('.') { "\"\"" } else { "" };
        write!(f, "{field}{empty_name} {detail}")
    }
}

impl FieldErrors {
    /// Returns the error of one field.
    pub fn one(field: &str, detail: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.push(field, detail);
        errors
    }

    /// Adds the error of a field, unless there are 100 already. Keeps the first 100 characters of the field's path.
    pub fn push(&mut self, field: &str, detail: impl Into<String>) {
        if self.0.len() < MAX_FIELD_ERRORS {
            let field = field.chars().take(MAX_PATH_CHARS).collect();
            self.0.push(FieldError { field, detail: detail.into() });
        }
    }

    /// Returns whether no field is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the errors.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// Returns the first error as a sentence, and how many more there are.
    pub fn summary(&self) -> String {
        match self.0.as_slice() {
            [] => String::new(),
            [error] => error.to_string(),
            [error, more @ ..] => format!("{error} (errors lists {} more)", more.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_lists_at_most_100_errors() {
        let mut errors = FieldErrors::default();
        for number in 0..=MAX_FIELD_ERRORS {
            errors.push(&format!("{number:0>200}"), "is missing");
        }
        assert_eq!(errors.0.len(), MAX_FIELD_ERRORS);
        assert_eq!(errors.0[0], FieldError { field: "0".repeat(MAX_PATH_CHARS), detail: "is missing".into() });
        assert!(errors.summary().ends_with("is missing (errors lists 99 more)"), "{}", errors.summary());
    }

    #[test]
    fn an_empty_name_is_visible_in_the_text() {
        for (field, expected) in [("", "\"\" is unknown"), ("a", "a is unknown"), ("a.", "a.\"\" is unknown")] {
            let errors = FieldErrors::one(field, "is unknown");
            assert_eq!(errors.summary(), expected);
            assert_eq!(errors.iter().next().unwrap().field, field);
        }
    }
}
