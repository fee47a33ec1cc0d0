//! A place in Clerk's list of users, oldest first.
//!
//! Clerk pages by offset, so the list shifts when an earlier user is deleted. Each page therefore begins with the last entry
//! of the page before. If it does not, an earlier page is fetched. Any number of users may have the same `created_at`,
//! because an import makes thousands of them. So a place is known by the last entries before it, and not by a time. The size
//! of a place is limited, whatever Clerk holds.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use usher_clerk::{Entry, MAX_LISTED_USERS, Timestamp, User};

/// How many of the last entries are remembered: the place is found again unless all of them are deleted at once.
const REMEMBERED: usize = 50;
/// How far to go back where users before the place have gone since. Less than what is remembered, so that no step passes
/// over all of it.
const STEP_BACK: usize = REMEMBERED / 2;

/// Where the next page begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Entries of the list before the place.
    passed: usize,
    /// When the last of them was created.
    created_at: Timestamp,
    /// The last of them.
    last: Vec<Print>,
    /// Entries of the page under way that are counted.
    counted: Vec<Print>,
    /// Entries of the next page, at most. Fewer where a page was too large.
    #[serde(skip, default = "full")]
    limit: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { passed: 0, created_at: Timestamp::MIN, last: Vec::new(), counted: Vec::new(), limit: full() }
    }
}

/// An entry in few bytes: 48 bits of a hash of its id, or of all of it where it has none. Nothing of a user is in it, and
/// it is as short for an id of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Print(u64);

impl Print {
    pub(crate) fn of(entry: &Entry) -> Self {
        entry.user.as_ref().map_or_else(|_| Self::of_text(entry.text), Self::of_user)
    }

    pub(crate) fn of_user(user: &User) -> Self {
        Self::of_text(user.id().as_str())
    }

    fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text).iter().take(6).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }
}

impl Place {
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Where the page begins. A page of one has no room for an entry that was passed.
    pub(crate) fn offset(&self) -> usize {
        if self.limit > 1 { self.passed.saturating_sub(1) } else { self.passed }
    }

    /// The entries of a page that are not passed yet; `None` where there may be others between them and the place.
    pub(crate) fn ahead<'a, 'b>(&self, page: &'a [Entry<'b>]) -> Option<&'a [Entry<'b>]> {
        let has_overlap = self.offset() < self.passed && self.offset() > 0;
        if has_overlap && !page.first().is_some_and(|entry| self.is_remembered(entry) || self.is_older(entry)) {
            return None;
        }
        // A page that begins before all that is remembered: whatever is of the same millisecond may come twice. None is
        // lost.
        let older = match page.first() {
            Some(first) if !self.is_remembered(first) => page.iter().take_while(|entry| self.is_older(entry)).count(),
            _ => 0,
        };
        let passed = page.iter().skip(older).take_while(|entry| self.is_remembered(entry)).count();
        page.get(older + passed..)
    }

    fn is_remembered(&self, entry: &Entry) -> bool {
        self.last.contains(&Print::of(entry))
    }

    fn is_older(&self, entry: &Entry) -> bool {
        created_at(entry).is_some_and(|at| at < self.created_at)
    }

    /// The place where to look for those that may be missed.
    pub(crate) fn step_back(mut self) -> Self {
        self.passed = self.passed.saturating_sub(STEP_BACK);
        self
    }

    pub(crate) fn is_counted(&self, print: Print) -> bool {
        self.counted.contains(&print)
    }

    /// Notes that entries of the page are counted; before they are acted on.
    pub(crate) fn count(&mut self, entries: &[Entry]) {
        self.counted = entries.iter().map(Print::of).collect();
    }

    /// The place behind a page of so many entries, the last of which are these.
    pub(crate) fn pass(mut self, page: usize, ahead: &[Entry]) -> Self {
        self.passed = self.offset() + page;
        self.created_at = ahead.iter().filter_map(created_at).next_back().unwrap_or(self.created_at);
        self.last.extend(ahead.iter().map(Print::of));
        self.last.drain(..self.last.len().saturating_sub(REMEMBERED));
        self.counted.clear();
        self.limit = (self.limit * 2).min(full());
        self
    }

    /// The same place with a smaller page; `None` where it is of one entry already.
    pub(crate) fn narrowed(&self) -> Option<Self> {
        (self.limit > 1).then(|| Self { limit: self.limit / 2, ..self.clone() })
    }

    /// The place behind one entry that nobody can read. The page that follows cannot begin with it, so it is taken as it
    /// comes.
    pub(crate) fn pass_unread(mut self) -> Self {
        self.passed += 1;
        self
    }
}

fn full() -> usize {
    MAX_LISTED_USERS
}

fn created_at(entry: &Entry) -> Option<Timestamp> {
    entry.user.as_ref().ok()?.created_at()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(users: &[(i64, &str)]) -> Vec<String> {
        users.iter().map(|(at, id)| format!(r#"{{"id":"{id}","created_at":{at}}}"#)).collect()
    }

    fn page(texts: &[String]) -> Vec<Entry<'_>> {
        texts.iter().map(|text| Entry { text, user: User::parse(text) }).collect()
    }

    fn names(entries: Option<&[Entry]>) -> Option<Vec<String>> {
        let name = |entry: &Entry| entry.user.as_ref().map_or("none", |user| user.id().as_str()).to_owned();
        entries.map(|entries| entries.iter().map(name).collect())
    }

    /// The place behind these users, the first of the list.
    fn behind(users: &[(i64, &str)]) -> Place {
        let texts = texts(users);
        Place::default().pass(users.len(), &page(&texts))
    }

    #[test]
    fn users_of_the_same_millisecond_are_told_apart() {
        let place = behind(&[(1, "user_a"), (2, "user_b"), (2, "user_c")]);
        assert_eq!(place.offset(), 2);
        let next = texts(&[(2, "user_c"), (2, "user_d"), (3, "user_e")]);
        assert_eq!(names(place.ahead(&page(&next))).unwrap(), ["user_d", "user_e"]);
    }

    #[test]
    fn a_page_that_does_not_begin_with_what_was_passed_may_hide_others() {
        let place = behind(&[(1, "user_a"), (2, "user_b"), (2, "user_c")]);
        for hidden in [&[(2, "user_e")][..], &[(3, "user_e")], &[]] {
            assert!(place.ahead(&page(&texts(hidden))).is_none());
        }
        let earlier = texts(&[(1, "user_a"), (2, "user_c"), (2, "user_d"), (2, "user_e")]);
        assert_eq!(names(place.clone().step_back().ahead(&page(&earlier))).unwrap(), ["user_d", "user_e"]);
        // All that were remembered are gone.
        let others = texts(&[(0, "user_0"), (2, "user_d")]);
        assert_eq!(names(place.ahead(&page(&others))).unwrap(), ["user_d"]);
    }

    #[test]
    fn an_entry_that_is_no_user_is_passed_like_any_other() {
        let texts = ["null".to_owned(), r#"{"id":7}"#.to_owned(), r#"{"id":"user_a","created_at":1}"#.to_owned()];
        let entries = page(&texts);
        let place = Place::default().pass(2, &entries[..2]);
        assert_eq!(names(place.ahead(&entries[1..])).unwrap(), ["user_a"]);
        // What it says of its time decides nothing where the place is known.
        let old = [r#"{"id":"user_a","created_at":1}"#.to_owned(), r#"{"id":"user_0","created_at":0}"#.to_owned()];
        let place = Place::default().pass(3, &entries);
        assert_eq!(names(place.ahead(&page(&old))).unwrap(), ["user_0"]);
    }

    #[test]
    fn a_page_that_cannot_be_read_is_halved_down_to_one_and_grows_again() {
        let mut place = behind(&[(1, "user_a"), (2, "user_b")]);
        let mut limits = vec![place.limit()];
        while let Some(narrower) = place.narrowed() {
            place = narrower;
            limits.push(place.limit());
        }
        assert_eq!((limits, place.offset()), (vec![100, 50, 25, 12, 6, 3, 1], 2));
        place = place.pass_unread();
        assert_eq!(place.offset(), 3);
        let next = texts(&[(3, "user_d")]);
        assert_eq!(names(place.ahead(&page(&next))).unwrap(), ["user_d"]);
        place = place.pass(1, &page(&next));
        assert_eq!((place.limit(), place.offset()), (2, 3));
    }
}
