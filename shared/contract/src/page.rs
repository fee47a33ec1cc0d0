//! Pages of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT};

/// The maximum number of entries on a page: 1 to 100, default 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct PageLimit(#[schemars(range(min = 1, max = MAX_PAGE_LIMIT))] u8);

/// The error for a text that is not a page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {MAX_PAGE_LIMIT}")]
pub struct InvalidLimit;

/// A part of a list. A page may have fewer entries than the limit, even none, because DynamoDB reads at most 1 MB at
/// once and a page skips a limited number of deleted rows. Only a missing cursor means the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page. Null at the end.
    pub next_cursor: Option<String>,
}

impl PageLimit {
    /// The largest limit, 100.
    pub const MAX: Self = Self(MAX_PAGE_LIMIT);

    /// Makes a limit.
    ///
    /// # Errors
    /// The number is not from 1 to 100.
    pub fn new(limit: u8) -> Result<Self, InvalidLimit> {
        (1..=MAX_PAGE_LIMIT).contains(&limit).then_some(Self(limit)).ok_or(InvalidLimit)
    }

    /// Parses a limit.
    ///
    /// # Errors
    /// The text is not a number from 1 to 100.
    pub fn parse(text: &str) -> Result<Self, InvalidLimit> {
        // `parse` accepts a sign as well.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|text| text.parse().ok()).ok_or(InvalidLimit).and_then(Self::new)
    }

    /// Returns the number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(DEFAULT_PAGE_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_1_to_100() {
        assert_eq!(PageLimit::parse("1").unwrap().get(), 1);
        assert_eq!(PageLimit::parse("100").unwrap().get(), 100);
        for text in ["0", "101", "-1", "", "ten", "1.5", "356"] {
            assert_eq!(PageLimit::parse(text), Err(InvalidLimit), "{text}");
        }
    }
}
