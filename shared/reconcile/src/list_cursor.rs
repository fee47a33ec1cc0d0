//! The position in Clerk's list of users, oldest first.

use serde::{Deserialize, Serialize};
use usher_clerk::{Entry, MAX_LISTED_USERS};
use usher_store::MAX_COMPARED_USERS;

use crate::{
    fingerprint::Fingerprint,
    watermark::{REMEMBERED, Watermark},
};

/// The number of entries to step back if earlier users were deleted. It is less than the watermark remembers, so that
/// no step back goes beyond all remembered entries.
const STEP_BACK: usize = REMEMBERED / 2;

/// The position of the next page in Clerk's list.
///
/// Clerk pages by offset, so the list shifts if an earlier user is deleted. Each page therefore begins with the last
/// entry of the previous page. If it does not, an earlier page is fetched.
///
/// A page of one entry has no room for this overlap. If an earlier user is deleted just before such a page is fetched,
/// the next user is missed until the next run. Pages have one entry only if a page of three could not be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListCursor {
    /// The number of entries before the position.
    passed: usize,
    #[serde(flatten)]
    watermark: Watermark,
    /// The entries of the current page that are counted.
    counted: Vec<Fingerprint>,
    /// The maximum number of entries of the next page. Smaller than [`MAX_LISTED_USERS`] if a page could not be read.
    #[serde(skip, default = "full_page")]
    limit: usize,
}

impl Default for ListCursor {
    fn default() -> Self {
        Self { passed: 0, watermark: Watermark::default(), counted: Vec::new(), limit: full_page() }
    }
}

impl ListCursor {
    /// Returns the offset of the next page.
    pub(crate) fn offset(&self) -> usize {
        if self.limit > 1 { self.passed.saturating_sub(1) } else { self.passed }
    }

    /// Returns the maximum number of entries of the next page.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Returns the entries of the page that were not read before. Returns `None` if other entries may be hidden between
    /// the position and this page.
    pub(crate) fn unread<'a, 'b>(&self, page: &'a [Entry<'b>]) -> Option<&'a [Entry<'b>]> {
        let has_overlap = self.offset() < self.passed && self.offset() > 0;
        let is_known = page.first().is_some_and(|entry| self.watermark.covers(entry));
        (!has_overlap || is_known).then(|| self.watermark.skip_read(page))
    }

    /// Returns whether a page of this many entries is the last one.
    pub(crate) fn is_end(&self, page: usize) -> bool {
        page < self.limit
    }

    /// Moves to an earlier position, to read entries that may be hidden.
    pub(crate) fn step_back(mut self) -> Self {
        self.passed = self.passed.saturating_sub(STEP_BACK);
        self
    }

    /// Moves behind a page of this many entries, which ends with the `unread` ones.
    pub(crate) fn pass(mut self, page: usize, unread: &[Entry]) -> Self {
        self.passed = self.offset() + page;
        self.watermark.advance(unread);
        self.counted.clear();
        self.limit = (self.limit * 2).min(full_page());
        self
    }

    /// Returns the same position with a smaller page, or `None` if the page has one entry already.
    pub(crate) fn narrowed(&self) -> Option<Self> {
        (self.limit > 1).then(|| Self { limit: self.limit / 2, ..self.clone() })
    }

    /// Moves behind one entry that cannot be read. The next page has one entry as well and cannot overlap it.
    pub(crate) fn pass_unreadable(mut self) -> Self {
        self.passed += 1;
        self
    }

    /// Returns whether an entry of the current page is counted.
    pub(crate) fn is_counted(&self, entry: Fingerprint) -> bool {
        self.counted.contains(&entry)
    }

    /// Marks the unread entries of the current page as counted.
    pub(crate) fn mark_counted(&mut self, unread: &[Entry]) {
        self.counted = unread.iter().map(Fingerprint::of).collect();
    }
}

fn full_page() -> usize {
    MAX_LISTED_USERS.min(MAX_COMPARED_USERS)
}

#[cfg(test)]
mod paging;

#[cfg(test)]
mod tests {
    use usher_clerk::User;

    use super::*;

    fn texts(users: &[(i64, &str)]) -> Vec<String> {
        users.iter().map(|(at, id)| format!(r#"{{"id":"{id}","created_at":{at}}}"#)).collect()
    }

    fn page(texts: &[String]) -> Vec<Entry<'_>> {
        texts.iter().map(|text| Entry { text, user: User::parse(text) }).collect()
    }

    fn ids(entries: Option<&[Entry]>) -> Option<Vec<String>> {
        let id = |entry: &Entry| entry.user.as_ref().map_or("none", |user| user.id().as_str()).to_owned();
        entries.map(|entries| entries.iter().map(id).collect())
    }

    /// Returns the cursor behind these users, the first of the list.
    fn behind(users: &[(i64, &str)]) -> ListCursor {
        let texts = texts(users);
        ListCursor::default().pass(users.len(), &page(&texts))
    }

    #[test]
    fn users_of_the_same_millisecond_are_distinguished() {
        let cursor = behind(&[(1, "user_a"), (2, "user_b"), (2, "user_c")]);
        assert_eq!(cursor.offset(), 2);
        let next = texts(&[(2, "user_c"), (2, "user_d"), (3, "user_e")]);
        assert_eq!(ids(cursor.unread(&page(&next))).unwrap(), ["user_d", "user_e"]);
    }

    #[test]
    fn a_page_without_overlap_is_not_accepted() {
        let cursor = behind(&[(1, "user_a"), (2, "user_b"), (2, "user_c")]);
        for hidden in [&[(2, "user_e")][..], &[(3, "user_e")], &[]] {
            assert!(cursor.unread(&page(&texts(hidden))).is_none());
        }
        let earlier = texts(&[(1, "user_a"), (2, "user_c"), (2, "user_d"), (2, "user_e")]);
        assert_eq!(ids(cursor.clone().step_back().unread(&page(&earlier))).unwrap(), ["user_d", "user_e"]);
        // All remembered users are deleted.
        let others = texts(&[(0, "user_0"), (2, "user_d")]);
        assert_eq!(ids(cursor.unread(&page(&others))).unwrap(), ["user_d"]);
    }

    #[test]
    fn an_entry_that_is_not_a_user_is_passed_like_a_user() {
        let texts = ["null".to_owned(), r#"{"id":7}"#.to_owned(), r#"{"id":"user_a","created_at":1}"#.to_owned()];
        let entries = page(&texts);
        let cursor = ListCursor::default().pass(2, &entries[..2]);
        assert_eq!(ids(cursor.unread(&entries[1..])).unwrap(), ["user_a"]);
        // The time of an entry does not matter if the page begins with a remembered entry.
        let old = [r#"{"id":"user_a","created_at":1}"#.to_owned(), r#"{"id":"user_0","created_at":0}"#.to_owned()];
        let cursor = ListCursor::default().pass(3, &entries);
        assert_eq!(ids(cursor.unread(&page(&old))).unwrap(), ["user_0"]);
    }

    #[test]
    fn an_unreadable_page_is_halved_down_to_one_entry() {
        let mut cursor = behind(&[(1, "user_a"), (2, "user_b")]);
        let mut limits = vec![cursor.limit()];
        while let Some(narrowed) = cursor.narrowed() {
            cursor = narrowed;
            limits.push(cursor.limit());
        }
        assert_eq!((limits, cursor.offset()), (vec![100, 50, 25, 12, 6, 3, 1], 2));
        cursor = cursor.pass_unreadable();
        assert_eq!(cursor.offset(), 3);
        let next = texts(&[(3, "user_d")]);
        assert_eq!(ids(cursor.unread(&page(&next))).unwrap(), ["user_d"]);
        cursor = cursor.pass(1, &page(&next));
        assert_eq!((cursor.limit(), cursor.offset()), (2, 3));
    }
}
