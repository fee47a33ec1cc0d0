//! Texts that show something.
//!
//! White space is not visible. Neither is a character that Unicode calls default-ignorable: zero-width spaces and
//! joiners, fillers, marks of direction (UAX #44, `Default_Ignorable_Code_Point`).

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};

/// Matches a text with a visible character. Lists the invisible ones one by one, because dialects of regular
/// expressions differ in `\s` and in properties. Those beyond U+FFFF are not listed, because dialects also differ in
/// their notation.
pub(crate) const VISIBLE: &str = r"[^\u0009-\u000d\u0020\u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8]";

/// Returns whether no character of a text is visible.
pub(crate) fn is_blank(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().all(|character| character.is_whitespace() || ignorable.contains(character))
}
