//! What a search looks for.

use std::ops::Range;

use memchr::memmem::Finder;
use unicode_segmentation::UnicodeSegmentation as _;
use usher_contract::{InvalidSearch, SearchText, Snippet, limits::MAX_SEARCH_WORDS};

use crate::{
    fold::fold,
    folded_text::FoldedText,
    snippet::{Occurrence, snippet},
};

/// The words that a search looks for. All of them must occur in a text, in any order.
#[derive(Debug)]
pub struct Words(Vec<Word>);

#[derive(Debug)]
struct Word {
    /// Finds the folded word.
    finder: Finder<'static>,
    place: Place,
}

/// Where a word may be in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// From the beginning of a word to the end of one.
    Whole,
    /// At the beginning of a word: the caller may still be typing.
    Prefix,
    /// Anywhere, because it has no letters and no digits.
    Anywhere,
}

impl Words {
    /// Reads the words of a text. Words without anything between them, as in Chinese, are one. A part of the text
    /// between white space that has no letter and no digit, such as `👍`, counts as a word.
    ///
    /// # Errors
    /// There are more than 10 different words.
    pub fn parse(text: &SearchText) -> Result<Self, InvalidSearch> {
        let mut found: Vec<(String, bool)> = Vec::new();
        for part in text.as_str().split_whitespace() {
            // Some accents count as letters, as the Arabic sign U+0610 does, so a word may fold to nothing.
            let words = words_of(part).into_iter().map(|word| fold(&part[word])).filter(|word| !word.is_empty());
            let before = found.len();
            found.extend(words.map(|word| (word, true)));
            if found.len() == before {
                found.push((fold(part), false));
            }
        }
        found.retain(|(word, _)| !word.is_empty());
        let last = found.len().saturating_sub(1);
        let mut words: Vec<(String, Place)> = Vec::new();
        for (number, (word, is_word)) in found.into_iter().enumerate() {
            let place = match is_word {
                true if number == last => Place::Prefix,
                true => Place::Whole,
                false => Place::Anywhere,
            };
            // A whole word is also the beginning of one.
            if words.iter().all(|(other, _)| *other != word) {
                words.push((word, place));
            }
        }
        // A text of accents only: no folded text has it.
        if words.is_empty() {
            words.push((text.as_str().to_owned(), Place::Anywhere));
        }
        if words.len() > MAX_SEARCH_WORDS {
            return Err(InvalidSearch::Words);
        }
        Ok(Self(words.iter().map(|(word, place)| Word::new(word, *place)).collect()))
    }

    /// Returns the part of a text with the most of the words, or `None` if one of the words does not occur in the text.
    pub fn find_in(&self, text: &str) -> Option<Snippet> {
        // Most texts end here, and this is much faster than what follows.
        let folded = fold(text);
        if self.0.iter().any(|word| word.finder.find(folded.as_bytes()).is_none()) {
            return None;
        }
        let folded = FoldedText::new(text);
        let mut occurrences = Vec::new();
        for (number, word) in self.0.iter().enumerate() {
            let before = occurrences.len();
            let found = word.occurrences(&folded).map(|range| folded.original_range(&range));
            occurrences.extend(found.map(|range| Occurrence { range, word: number }));
            if occurrences.len() == before {
                return None;
            }
        }
        Some(snippet(text, occurrences))
    }
}

/// Returns the words of a text. Words without anything between them are one.
fn words_of(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        match words.last_mut() {
            Some(last) if last.end == start => last.end += word.len(),
            _ => words.push(start..start + word.len()),
        }
    }
    words
}

impl Word {
    fn new(word: &str, place: Place) -> Self {
        Self { finder: Finder::new(word).into_owned(), place }
    }

    /// Returns where the word occurs in a folded text, from the beginning to the end. The occurrences do not overlap.
    fn occurrences(&self, text: &FoldedText<'_>) -> impl Iterator<Item = Range<usize>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let start = from + self.finder.find(text.as_str().as_bytes().get(from..)?)?;
                let range = start..start + self.finder.needle().len();
                if self.fits(text, &range) {
                    from = range.end;
                    return Some(range);
                }
                from = start + 1;
            }
        })
    }

    fn fits(&self, text: &FoldedText<'_>, range: &Range<usize>) -> bool {
        match self.place {
            Place::Whole => text.is_boundary(range.start) && text.is_boundary(range.end),
            Place::Prefix => text.is_boundary(range.start),
            Place::Anywhere => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Words {
        Words::parse(&SearchText::try_from(text.to_owned()).unwrap()).unwrap()
    }

    /// What is found of the words in a text, with a bar between two occurrences.
    fn found(query: &str, text: &str) -> Option<String> {
        let snippet = words(query).find_in(text)?;
        Some(snippet.parts().filter(|(_, found)| *found).map(|(part, _)| part).collect::<Vec<_>>().join("|"))
    }

    #[track_caller]
    fn assert_found(query: &str, text: &str, expected: &str) {
        assert_eq!(found(query, text).as_deref(), Some(expected), "{query} in {text}");
    }

    #[test]
    fn all_words_must_occur_in_any_order() {
        assert_found("engine analytical", "The analytical engine", "analytical|engine");
        assert_eq!(found("engine difference", "The analytical engine"), None);
        assert_found("the the the", "The", "The");
    }

    #[test]
    fn only_the_last_word_may_be_a_beginning() {
        assert_found("analytical eng", "The analytical engine", "analytical|eng");
        assert_eq!(found("analyt engine", "The analytical engine"), None);
        assert_eq!(found("gine", "The analytical engine"), None);
        assert_found("e", "The analytical engine", "e");
    }

    #[test]
    fn a_word_is_found_after_an_occurrence_that_does_not_fit() {
        assert_found("on a", "one on a", "on|a");
        assert_found("aa b", "aaa aa b", "aa|b");
        assert_eq!(found("aa b", "aaa aab b"), None);
    }

    #[test]
    fn case_and_accents_do_not_count() {
        assert_found("strasse", "STRAẞE, Straße, Strasse", "STRAẞE|Straße|Strasse");
        assert_found("istanbul i", "İSTANBUL ve ısı", "İSTANBUL|ı");
        assert_found("ΟΔΌΣ α", "μια οδός, ΟΔΟΣ, αλλά", "οδός|ΟΔΟΣ|α");
        assert_found("cafe", "cafe\u{301}", "cafe\u{301}");
        assert_found("CAFÉ", "cafes", "cafe");
    }

    #[test]
    fn words_are_found_between_punctuation() {
        assert_found("name rs", "open file_name.rs", "name|rs");
        assert_found("file_name", "open file_name.rs", "file_name");
        assert_found("don't", "Don’t", "Don’t");
        assert_found("3.1", "about 3.14", "3.1");
        assert_eq!(found("3.1", "3 and 1"), None);
        assert_found("well-known", "well known", "well|known");
    }

    #[test]
    fn a_word_is_found_anywhere_in_a_script_without_spaces() {
        assert_found("東京", "私は東京都に住む", "東京");
        assert_eq!(found("東京", "京都と東北"), None);
        assert_found("ประเทศ", "ในประเทศไทย", "ประเทศ");
    }

    #[test]
    fn what_has_no_letters_is_found_anywhere() {
        assert_found("👍", "ok👍!", "👍");
        assert_found("❤", "❤\u{fe0f}", "❤\u{fe0f}");
        assert_found("?! why", "why, why?!", "why|why?!");
        assert_found("\u{610}🌀", "a 🌀", "🌀");
        assert_found("\u{1cf30}\u{730}", "a \u{1cf30}", "\u{1cf30}");
        assert_eq!(found("\u{301}", "e\u{301} \u{301}"), None);
    }

    #[test]
    fn a_search_has_at_most_10_different_words() {
        let ten = "a b c d e f g h i j";
        assert_eq!(words(ten).0.len(), 10);
        assert_eq!(words(&format!("{ten} {ten} A Á j")).0.len(), 10);
        let eleven = SearchText::try_from(format!("{ten} k")).unwrap();
        assert_eq!(Words::parse(&eleven).err(), Some(InvalidSearch::Words));
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_itself(
            text in prop_oneof![
                "\\PC{1,60}",
                "[a1É東か\u{2000} '._🌀\u{301}\u{610}\u{730}\u{93e}\u{94d}\u{3099}\u{1cf30}\u{ad}\u{200d}]{1,12}",
            ],
        ) {
            let Ok(query) = SearchText::try_from(text.clone()) else { return Ok(()) };
            let Ok(words) = Words::parse(&query) else { return Ok(()) };
            if fold(&text).trim().is_empty() { return Ok(()) }
            // Marks in an order that no language has.
            if FoldedText::new(&text).as_str() != fold(&text) { return Ok(()) }
            prop_assert!(words.find_in(&text).is_some());
        }

        #[test]
        fn a_text_is_found_whatever_its_case(text in "[A-Za-zÀ-ɏΑ-ωа-яЀ-Я ]{1,30}", around in "\\PC{0,300}") {
            let Ok(query) = SearchText::try_from(text.clone()) else { return Ok(()) };
            let Ok(words) = Words::parse(&query) else { return Ok(()) };
            for text in [text.to_uppercase(), text.to_lowercase()] {
                let snippet = words.find_in(&format!("{around} {text} {around}"));
                prop_assert!(snippet.is_some(), "{}", text);
            }
        }
    }
}
