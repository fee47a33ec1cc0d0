//! Cuts out the part of a text to show.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use usher_contract::{Snippet, TextRange, limits::MAX_SNIPPET_CHARS};

/// Where a word occurs in a text, in bytes.
pub(crate) struct Occurrence {
    pub(crate) range: Range<usize>,
    /// The number of the word.
    pub(crate) word: usize,
}

/// The number of characters to show before the first occurrence.
const LEAD_CHARS: usize = 40;

/// Marks where the text goes on.
const ELLIPSIS: &str = "…";

/// The maximum number of characters of the text itself, if it goes on at both ends.
const MAX_PART_CHARS: usize = MAX_SNIPPET_CHARS - 2;

/// Returns the part of a text with the most words. It begins and ends at the end of a word if possible. There must be
/// an occurrence.
pub(crate) fn snippet(text: &str, mut occurrences: Vec<Occurrence>) -> Snippet {
    occurrences.sort_by_key(|occurrence| (occurrence.range.start, occurrence.range.end));
    let part = if text.chars().nth(MAX_SNIPPET_CHARS).is_none() { 0..text.len() } else { part_of(text, &occurrences) };
    let before = if part.start > 0 { ELLIPSIS } else { "" };
    let after = if part.end < text.len() { ELLIPSIS } else { "" };
    let mut ranges: Vec<TextRange> = Vec::new();
    // The place in the text that has been counted, and the code units of the snippet before it.
    let (mut place, mut units) = (part.start, utf16_length(before));
    let mut units_at = |next: usize| {
        units += utf16_length(&text[place..next]);
        place = next;
        units
    };
    let mut shown_to = part.start;
    for Occurrence { range, .. } in occurrences {
        let (start, end) = (range.start.max(shown_to), range.end.min(part.end));
        if start >= end {
            continue;
        }
        let (first, last) = (units_at(start), units_at(end));
        match ranges.last_mut() {
            Some(before) if before.end == first => before.end = last,
            _ => ranges.push(TextRange { start: first, end: last }),
        }
        shown_to = end;
    }
    Snippet { text: format!("{before}{}{after}", &text[part]), ranges }
}

/// Returns the bytes of the part of a long text with the most words.
fn part_of(text: &str, occurrences: &[Occurrence]) -> Range<usize> {
    let Some(best) = best(text, occurrences) else { return 0..end_of_part(text, 0, 0) };
    let start = start_of_part(text, best.start);
    let end = end_of_part(text, start, best.end);
    let part = &text[start..end];
    start + part.len() - part.trim_start().len()..start + part.trim_end().len()
}

/// Returns the first occurrence that has the most words after it within a part.
fn best<'a>(text: &str, occurrences: &'a [Occurrence]) -> Option<&'a Range<usize>> {
    let mut best: Option<(usize, &Range<usize>)> = None;
    for (number, first) in occurrences.iter().enumerate() {
        let start = first.range.start;
        let end = nth_place(text, start, MAX_PART_CHARS - LEAD_CHARS);
        let mut words: Vec<_> =
            occurrences[number..].iter().take_while(|other| other.range.end <= end).map(|other| other.word).collect();
        words.sort_unstable();
        words.dedup();
        if best.is_none_or(|(count, _)| words.len() > count) {
            best = Some((words.len(), &first.range));
        }
    }
    best.map(|(_, range)| range)
}

/// Returns a place up to 40 characters before the first occurrence, at the end of a word if there is one.
fn start_of_part(text: &str, first: usize) -> usize {
    let Some((lead, _)) = text[..first].char_indices().rev().nth(LEAD_CHARS - 1) else { return 0 };
    if lead == 0 {
        return 0;
    }
    // The first segment may be the rest of a word.
    text[lead..first].split_word_bound_indices().nth(1).map_or(first, |(place, _)| lead + place)
}

/// Returns a place up to 198 characters after the start, at the end of a word if there is one after the occurrence.
fn end_of_part(text: &str, start: usize, shown_to: usize) -> usize {
    let end = nth_place(text, start, MAX_PART_CHARS);
    if end == text.len() {
        return end;
    }
    // The last segment may be the beginning of a word.
    let last = text[start..end].split_word_bound_indices().next_back().map_or(end, |(place, _)| start + place);
    if last >= shown_to && last > start { last } else { end }
}

/// Returns the place this many characters after another, or the end of the text.
fn nth_place(text: &str, start: usize, characters: usize) -> usize {
    text[start..].char_indices().nth(characters).map_or(text.len(), |(place, _)| start + place)
}

fn utf16_length(text: &str) -> u32 {
    // A snippet has at most 400 code units.
    u32::try_from(text.chars().map(char::len_utf16).sum::<usize>()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_contract::SearchText;

    use super::*;
    use crate::Words;

    fn find(query: &str, text: &str) -> Option<Snippet> {
        Words::parse(&SearchText::try_from(query.to_owned()).unwrap()).unwrap().find_in(text)
    }

    fn found(snippet: &Snippet) -> Vec<&str> {
        snippet.parts().filter(|(_, found)| *found).map(|(part, _)| part).collect()
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        let text = format!("{}needle", "a ".repeat(97));
        assert_eq!(text.len(), MAX_SNIPPET_CHARS);
        assert_eq!(find("needle", &text).unwrap().text, text);
    }

    #[test]
    fn a_long_text_is_cut_at_words() {
        let text = format!("{}needle {}", "before ".repeat(100), "after ".repeat(100));
        let snippet = find("needle", &text).unwrap();
        assert!(snippet.text.starts_with("…before before"), "{}", snippet.text);
        assert!(snippet.text.ends_with("after…"), "{}", snippet.text);
        assert_eq!(found(&snippet), ["needle"]);
        let at_the_start = find("before", &text).unwrap();
        assert!(at_the_start.text.starts_with("before before"), "{}", at_the_start.text);
    }

    #[test]
    fn the_part_with_the_most_words_is_shown() {
        let text =
            format!("one {} two {} one two three {} three", "x ".repeat(200), "x ".repeat(200), "x ".repeat(200));
        let snippet = find("one two three", &text).unwrap();
        assert_eq!(found(&snippet), ["one", "two", "three"], "{}", snippet.text);
    }

    #[test]
    fn ranges_count_utf_16_code_units() {
        let snippet = find("b", "👩 a b").unwrap();
        assert_eq!(snippet.ranges, [TextRange { start: 5, end: 6 }]);
        let snippet = find("b", &format!("{} b {}", "👩".repeat(300), "c ".repeat(200))).unwrap();
        let [TextRange { start, end }] = snippet.ranges[..] else { panic!("{snippet:?}") };
        let units: Vec<u16> = snippet.text.encode_utf16().collect();
        assert_eq!(units[start as usize..end as usize], *"b".encode_utf16().collect::<Vec<_>>());
    }

    #[test]
    fn ranges_that_touch_or_overlap_are_one() {
        assert_eq!(find("東 東京", "東京").unwrap().ranges, [TextRange { start: 0, end: 2 }]);
        assert_eq!(find("a-b a", "a-b").unwrap().ranges.len(), 2);
        assert_eq!(find("!! ?", "!!?").unwrap().ranges, [TextRange { start: 0, end: 3 }]);
    }

    #[test]
    fn a_word_that_is_longer_than_a_snippet_is_cut() {
        let text = "a\u{301}".repeat(300);
        let snippet = find(&"a".repeat(200), &text).unwrap();
        assert_eq!(snippet.text.chars().count(), MAX_SNIPPET_CHARS - 1);
        assert_eq!(snippet.ranges.len(), 1);
    }

    proptest! {
        #[test]
        fn a_snippet_is_a_part_of_its_text(
            query in "[a-cé] ?[a-c]?",
            words in prop::collection::vec("[a-cé👩ß.\u{301}]{1,4}[ \n]", 0..200),
        ) {
            let text = words.concat();
            let Some(snippet) = find(&query, &text) else { return Ok(()) };
            prop_assert!(snippet.text.chars().count() <= MAX_SNIPPET_CHARS);
            prop_assert!(text.contains(snippet.text.trim_matches('…')));
            prop_assert!(!snippet.ranges.is_empty());
            prop_assert!(snippet.ranges.is_sorted_by(|one, next| one.end < next.start));
            prop_assert!(snippet.ranges.iter().all(|range| range.start < range.end));
            prop_assert_eq!(found(&snippet).len(), snippet.ranges.len());
            let parts: String = snippet.parts().map(|(part, _)| part).collect();
            prop_assert_eq!(&parts, &snippet.text);
        }
    }
}
