//! Finds words in texts, case and accents aside.
//!
//! [`Words`] are what a search looks for. [`Words::find_in`] returns where they occur in a text, if all of them do.
//! `fold` maps characters that count as the same to one text, `folded_text` keeps the places of a folded text in the
//! original, and `snippet` cuts out the part to show.
//!
//! A word ends where Unicode's segmentation says (UAX #29), and its parts between punctuation are words too: `name` is
//! found in `file_name.rs`. Scripts without spaces between words, such as Chinese and Thai, have a word boundary at
//! every character, so there a word is found anywhere.
//!
//! This crate knows no database, no HTTP and no Lambda. It uses `usher-contract` for what it takes and returns.

mod fold;
mod folded_text;
mod snippet;
mod words;

pub use words::Words;
