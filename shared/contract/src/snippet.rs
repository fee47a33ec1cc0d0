//! A part of a text, with the places that a search has found in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a text: at most 200 characters (Unicode scalar values). It begins or ends with `…` if the text goes on
/// there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snippet {
    /// The part.
    pub text: String,
    /// Where the words occur in the part: in order, and apart from each other.
    pub ranges: Vec<TextRange>,
}

/// A range of a text, in UTF-16 code units. These are the units of `String.prototype.slice` in JavaScript, so
/// `text.slice(start, end)` is what was found. In Rust, see [`Snippet::parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextRange {
    /// The first code unit.
    pub start: u32,
    /// The code unit after the last.
    pub end: u32,
}

impl Snippet {
    /// Splits the text at its ranges. Each part comes with whether it was found. The parts together are the text. A
    /// range that is not one of the text is ignored.
    pub fn parts(&self) -> impl Iterator<Item = (&str, bool)> {
        let (mut rest, mut before) = (self.text.as_str(), 0);
        let mut parts = Vec::with_capacity(2 * self.ranges.len() + 1);
        for TextRange { start, end } in &self.ranges {
            let Some((gap, found, after)) = split(rest, start.checked_sub(before), end.checked_sub(*start)) else {
                continue;
            };
            parts.extend([(gap, false), (found, true)]);
            (rest, before) = (after, *end);
        }
        parts.push((rest, false));
        parts.into_iter().filter(|(part, _)| !part.is_empty())
    }
}

/// Splits a text after this many code units, and once more after this many.
fn split(text: &str, first: Option<u32>, second: Option<u32>) -> Option<(&str, &str, &str)> {
    let (gap, rest) = text.split_at(utf16_place(text, first?)?);
    let (found, rest) = rest.split_at(utf16_place(rest, second?)?);
    Some((gap, found, rest))
}

/// Returns the byte after this many code units. Returns `None` if the text is shorter, or if a character is there.
fn utf16_place(text: &str, units: u32) -> Option<usize> {
    let mut left = usize::try_from(units).ok()?;
    for (place, character) in text.char_indices() {
        if left == 0 {
            return Some(place);
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, ranges: &[(u32, u32)]) -> Vec<(String, bool)> {
        let ranges = ranges.iter().map(|(start, end)| TextRange { start: *start, end: *end }).collect();
        let snippet = Snippet { text: text.into(), ranges };
        snippet.parts().map(|(part, found)| (part.to_owned(), found)).collect()
    }

    #[test]
    fn a_snippet_is_split_at_its_ranges() {
        let found = |text: &str| (text.to_owned(), true);
        let other = |text: &str| (text.to_owned(), false);
        assert_eq!(parts("a 👩 b", &[(2, 4), (5, 6)]), [other("a "), found("👩"), other(" "), found("b")]);
        assert_eq!(parts("é", &[(0, 1)]), [found("é")]);
        assert_eq!(parts("é", &[]), [other("é")]);
    }

    #[test]
    fn a_wrong_range_does_not_split_a_snippet() {
        for range in [(1, 2), (0, 1), (2, 1), (0, 9), (9, 9), (u32::MAX, 0)] {
            assert_eq!(parts("👩b", &[range]), [("👩b".to_owned(), false)], "{range:?}");
        }
    }
}
