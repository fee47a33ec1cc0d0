//! The cursors of lists.

use usher_contract::{ClerkUserId, SearchQuery, ThreadId};
use usher_store::List;

use crate::input::input;

const THREAD: &str = "0192f0c1-2345-7abc-8def-0123456789ab";
/// A cursor of the user `user_ada` for each list: the threads, the messages of [`THREAD`], and a search for two words.
const CURSORS: [&str; 3] = [
    "AZLwwSNFeryN7wEjRWeJq4YeqQf5joqhKBm6wed5sig",
    "AZLwwSNFeryN7wEjRWeJq2qiABb2PcqS_aP9osxbZpw",
    "AZLwwSNFeryN7wEjRWeJq_____________________9TFmdnGXe6nrTmAhPHh7Q9",
];

fn user(id: &str) -> ClerkUserId {
    ClerkUserId::parse(id).unwrap()
}

/// Returns for which lists of a user a text is a cursor.
fn lists_of(cursor: &str, id: &str) -> [bool; 3] {
    let query = SearchQuery { q: "one two".to_owned().try_into().unwrap(), kind: None };
    let lists = [List::Threads, List::Messages(ThreadId::parse(THREAD).unwrap()), List::Search(&query)];
    lists.map(|list| list.check_cursor(cursor, &user(id)).is_ok())
}

pub(crate) fn only_the_cursor_of_a_list_is_accepted_for_it(bytes: &[u8]) {
    let Some((list, changes)) = input::<(u8, Vec<(u8, u8)>)>(bytes) else { return };
    let list = usize::from(list) % CURSORS.len();
    let mut text = CURSORS[list].to_owned();
    for (place, character) in changes {
        let place = usize::from(place) % (text.len() + 1);
        match character % 3 {
            0 => text.insert(place, char::from(character % 128)),
            1 => drop((place < text.len()).then(|| text.remove(place))),
            _ => text.truncate(place),
        }
    }
    let expected = std::array::from_fn(|number| number == list && text == CURSORS[list]);
    assert_eq!(lists_of(&text, "user_ada"), expected, "{text}");
    assert_eq!(lists_of(&text, "user_bob"), [false; 3], "{text}");
}

pub(crate) fn any_text_is_refused_or_is_a_cursor(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let lists = lists_of(text, "user_ada");
    assert!(lists == [false; 3] || CURSORS.contains(&text), "{text}");
}
