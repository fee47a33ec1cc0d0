//! A folded text that knows where its characters are in the original, and where its words begin and end.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::fold::{fold_into, is_mark};

pub(crate) struct FoldedText<'a> {
    original: &'a str,
    folded: String,
    /// The characters of the original whose folded form is not empty.
    characters: Vec<Character>,
}

struct Character {
    /// The first byte of the folded form.
    folded: usize,
    /// The first byte in the original.
    original: usize,
    /// Whether a word begins here, or has ended before.
    is_boundary: bool,
}

impl<'a> FoldedText<'a> {
    pub(crate) fn new(original: &'a str) -> Self {
        let mut text = Self { original, folded: String::with_capacity(original.len()), characters: Vec::new() };
        let mut boundaries = original.split_word_bound_indices().map(|(place, _)| place).peekable();
        let (mut is_boundary, mut was_in_word, mut was_space) = (true, false, false);
        for (place, character) in original.char_indices() {
            is_boundary |= boundaries.next_if_eq(&place).is_some();
            // For Unicode, a mark after a space belongs to the space. A search that begins with it has no space.
            is_boundary |= character.is_whitespace() != was_space;
            was_space = character.is_whitespace();
            let start = text.folded.len();
            fold_into(character, &mut text.folded);
            let Some(first) = text.folded[start..].chars().next() else { continue };
            let is_in_word = first.is_alphanumeric() || (was_in_word && is_mark(first));
            is_boundary |= is_in_word != was_in_word;
            text.characters.push(Character { folded: start, original: place, is_boundary });
            (is_boundary, was_in_word) = (false, is_in_word);
        }
        text
    }

    /// The folded text.
    pub(crate) fn as_str(&self) -> &str {
        &self.folded
    }

    /// Returns whether a word begins or ends at this byte of the folded text.
    pub(crate) fn is_boundary(&self, place: usize) -> bool {
        match self.characters.binary_search_by_key(&place, |character| character.folded) {
            Ok(index) => self.characters[index].is_boundary,
            Err(_) => place == self.folded.len(),
        }
    }

    /// Returns the bytes of the original whose folded form has these bytes. Marks after the last character belong to it.
    pub(crate) fn original_range(&self, folded: &Range<usize>) -> Range<usize> {
        let first = self.characters.partition_point(|character| character.folded <= folded.start).saturating_sub(1);
        let after = self.characters.partition_point(|character| character.folded < folded.end);
        let place = |index: usize| self.characters.get(index).map_or(self.original.len(), |found| found.original);
        place(first)..place(after)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fold::fold;

    /// The text with a bar at each boundary.
    fn with_bars(text: &str) -> String {
        let folded = FoldedText::new(text);
        let bar = |place| if folded.is_boundary(place) { "|" } else { "" };
        let characters = folded.as_str().char_indices().map(|(place, character)| format!("{}{character}", bar(place)));
        characters.collect::<String>() + bar(folded.as_str().len())
    }

    #[test]
    fn words_end_at_punctuation_and_where_unicode_says() {
        for (text, expected) in [
            ("one two", "|one| |two|"),
            ("file_name.rs", "|file|_|name|.|rs|"),
            ("don't", "|don|'|t|"),
            ("v1.25b", "|v1|.|25b|"),
            ("東京", "|東|京|"),
            ("กขค", "|ก|ข|ค|"),
            ("a\u{200b}b", "|a|b|"),
            ("a\u{ad}b", "|ab|"),
            ("é\u{301}a", "|ea|"),
            ("क्या", "|क्या|"),
            ("a \u{1cf30}\u{93e}", "|a| |\u{1cf30}|\u{93e}|"),
            ("", "|"),
        ] {
            assert_eq!(with_bars(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_in_the_folded_text_is_found_in_the_original() {
        for (text, part, expected) in [
            ("ein Straßenfest", "asse", "aße"),
            ("ein Straßenfest", "as", "aß"),
            ("ein Straßenfest", "sen", "ßen"),
            ("cafe\u{301} au lait", "cafe", "cafe\u{301}"),
            ("cafe\u{301}", "e", "e\u{301}"),
            ("😀 İzmir", "izmir", "İzmir"),
            ("ﬁn", "f", "ﬁ"),
        ] {
            let folded = FoldedText::new(text);
            let start = folded.as_str().find(part).unwrap();
            assert_eq!(&text[folded.original_range(&(start..start + part.len()))], expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_range_of_the_original_folds_to_what_was_found(text in "\\PC{0,30}", places in (0..60_usize, 0..60_usize)) {
            // Two marks on one letter may be in an order that no language has.
            prop_assume!(!text.chars().zip(text.chars().skip(1)).any(|(one, next)| is_mark(one) && is_mark(next)));
            let folded = FoldedText::new(&text);
            prop_assert_eq!(folded.as_str(), fold(&text));
            let (start, end) = (places.0.min(places.1), places.0.max(places.1));
            if let Some(part) = folded.as_str().get(start..end).filter(|part| !part.is_empty()) {
                let original = &text[folded.original_range(&(start..end))];
                prop_assert!(fold(original).contains(part), "{} {}", original, part);
            }
        }
    }
}
