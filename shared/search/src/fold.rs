//! Folds text: characters that differ only in case, accent or form become the same.

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{
    DecomposingNormalizerBorrowed,
    properties::{CanonicalCombiningClassMap, CanonicalCombiningClassMapBorrowed},
};
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed, props::DefaultIgnorableCodePoint};

const CASES: CaseMapperBorrowed<'static> = CaseMapper::new();
const COMBINING_CLASSES: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMap::new();
const DECOMPOSITIONS: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// Returns the folded text: the case folding of its compatibility decomposition, without accents and invisible
/// characters (Unicode §3.13, `toNFKC_Casefold`, and accents besides). It may be empty.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    fold_decomposed(DECOMPOSITIONS.normalize(text).chars())
}

/// Appends the folded form of a character. A folded text is its folded characters one after the other, unless the marks
/// of one letter that are not accents come in an order that no language has.
pub(crate) fn fold_into(character: char, folded: &mut String) {
    if character.is_ascii() {
        folded.push(character.to_ascii_lowercase());
    } else {
        folded.push_str(&fold_decomposed(DECOMPOSITIONS.normalize_iter([character].into_iter())));
    }
}

fn fold_decomposed(decomposed: impl Iterator<Item = char>) -> String {
    let text: String = decomposed.filter(|part| !is_accent(*part) && !IGNORABLE.contains(*part)).collect();
    let text = CASES.fold_string(&text);
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        push_base(letter, &mut folded);
    }
    folded
}

/// Returns whether a character belongs to the one before it.
pub(crate) fn is_mark(character: char) -> bool {
    COMBINING_CLASSES.get_u8(character) != 0
}

/// Returns whether a character is an accent: a mark whose combining class is not one of letters or vowels (UAX #44,
/// table 15). The voicing mark of Kana is 8 and a virama is 9; 103 and 118 are vowels of Thai and Lao.
fn is_accent(character: char) -> bool {
    !matches!(COMBINING_CLASSES.get_u8(character), 0 | 8 | 9 | 103 | 118)
}

/// Appends the base of a letter whose stroke or ligature Unicode does not decompose. The Unicode Collation Algorithm
/// gives these letters the primary weights of their bases (UTS #10, `allkeys.txt`). It does not for the dotless `ı`, but
/// its capital letter is `I`. Apostrophes are written in two ways.
fn push_base(letter: char, folded: &mut String) {
    match letter {
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'ø' => folded.push('o'),
        'đ' => folded.push('d'),
        'ħ' => folded.push('h'),
        'ı' => folded.push('i'),
        'ł' => folded.push('l'),
        'ŧ' => folded.push('t'),
        '’' => folded.push('\''),
        _ => folded.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_forms_do_not_count() {
        for (text, expected) in [
            ("Ünïcode", "unicode"),
            ("u\u{308}", "u"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("İstanbul", "istanbul"),
            ("ISPARTA", "isparta"),
            ("ısparta", "isparta"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("ŁÓDŹ", "lodz"),
            ("Ærøskøbing", "aeroskobing"),
            ("ﬁnd", "find"),
            ("ＡＢＣ１", "abc1"),
            ("don’t", "don't"),
            ("co\u{ad}op\u{200b}", "coop"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("क़", "क"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_that_are_not_accents_stay() {
        for (one, other) in [("か", "が"), ("कि", "क"), ("กุ", "ก"), ("е", "э"), ("🇫🇷", "🇩🇪")]
        {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
        assert_eq!(fold("が"), fold("か\u{3099}"));
        assert!(fold("한").starts_with(&fold("하")));
    }

    /// The planes whose characters have cases or decompositions.
    fn letters() -> impl Iterator<Item = char> {
        ('\0'..='\u{1ffff}').chain('\u{2f800}'..='\u{2fa1f}')
    }

    #[test]
    fn no_character_is_folded_further_the_second_time() {
        for character in letters() {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "{}", character.escape_unicode());
        }
    }

    #[test]
    fn both_cases_of_every_letter_are_the_same() {
        // The iota below a Greek vowel is an accent, and a capital letter has a letter instead.
        let has_iota = |character: &char| DECOMPOSITIONS.normalize(&character.to_string()).contains('\u{345}');
        for character in letters().filter(|character| !has_iota(character)) {
            let folded = fold(&character.to_string());
            for other in [character.to_lowercase().to_string(), character.to_uppercase().to_string()] {
                assert_eq!(fold(&other), folded, "{}", character.escape_unicode());
            }
        }
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_texts_are_the_same(text in "\\PC{0,20}") {
            let [nfc, nfkd] = [
                icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned(),
                DECOMPOSITIONS.normalize(&text).into_owned(),
            ];
            prop_assert_eq!(fold(&nfc), fold(&text));
            prop_assert_eq!(fold(&nfkd), fold(&text));
        }
    }
}
