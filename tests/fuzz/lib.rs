//! Fuzz targets: the parsers of tokens, webhooks, bodies, headers, stream records, WebSocket messages and the template,
//! with inputs that are almost valid.
//!
//! No input makes a parser panic. And each target has an invariant of what is accepted, so that a parser that accepts too
//! much is found too. The tests here run each target with random inputs, and with those in `corpus`, which a fuzzer that
//! sees the coverage has found. `tests/README.md` says how to run that fuzzer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a target that cannot go on has failed")]

mod clerk_users;
mod cursors;
mod headers;
mod input;
mod json_edit;
mod live_messages;
mod settings;
mod stream_records;
mod templates;
mod tokens;
mod webhook_events;

/// A property that holds for any bytes.
pub struct Target {
    /// The name, which is also that of its folder in `corpus`.
    pub name: &'static str,
    /// Makes an input from bytes and panics if the property does not hold.
    pub run: fn(&[u8]),
}

/// Lists the targets, and makes a test of each.
macro_rules! targets {
    ($($module:ident: $($name:ident)+;)*) => {
        /// All targets.
        pub const TARGETS: &[Target] = &[$($(Target { name: stringify!($name), run: $module::$name },)+)*];

        #[cfg(test)]
        mod tests {
            $($(
                #[test]
                fn $name() {
                    crate::input::assert_for_inputs(stringify!($name), crate::$module::$name);
                }
            )+)*
        }
    };
}

targets! {
    clerk_users: private_metadata_never_survives;
    cursors: only_the_cursor_of_a_list_is_accepted_for_it any_text_is_refused_or_is_a_cursor;
    headers: a_key_is_what_the_description_says a_condition_names_the_versions_that_it_quotes
        any_bytes_are_a_condition_that_is_not_ignored;
    live_messages: a_hello_is_its_type_and_its_token a_message_of_the_server_is_written_as_it_was_read;
    settings: an_accepted_body_means_the_same_to_every_parser a_merge_patch_is_applied_as_the_standard_says
        a_body_is_never_deeper_than_the_limit;
    stream_records: a_record_is_of_the_row_that_its_key_names a_key_names_at_most_one_row;
    templates: a_template_is_read_or_its_error_has_a_line;
    tokens: an_accepted_token_is_of_this_instance_and_of_now a_token_with_another_byte_is_never_accepted;
    webhook_events: an_event_changes_only_the_user_that_it_names any_bytes_are_an_event_or_an_error;
}
