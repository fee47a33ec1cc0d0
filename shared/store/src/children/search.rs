//! The search in the titles and messages of a user.

mod rows;
mod walk;

use usher_contract::{
    ClerkUserId, InvalidSearch, PageLimit, SearchHit, SearchKind, SearchPage, SearchQuery, SearchText, Snippet,
};
use usher_search::Words;

use crate::{
    children::search::walk::{Entry, Walk},
    error::Error,
    table::{
        Store,
        page::{List, cursor, parse_cursor},
    },
};

/// What to look for, and where.
#[derive(Debug)]
pub struct Search {
    query: SearchQuery,
    words: Words,
}

impl Search {
    /// Reads the words of a search.
    ///
    /// # Errors
    /// There are too many words.
    pub fn new(q: SearchText, kind: Option<SearchKind>) -> Result<Self, InvalidSearch> {
        let words = Words::parse(&q)?;
        Ok(Self { query: SearchQuery { q, kind }, words })
    }

    /// Returns the list that the cursors of this search belong to.
    pub fn list(&self) -> List<'_> {
        List::Search(&self.query)
    }

    /// Returns the part of an entry in which the words occur.
    fn find_in(&self, entry: &Entry) -> Option<Snippet> {
        let kind = if entry.message.is_some() { SearchKind::Message } else { SearchKind::Thread };
        if self.query.kind.is_some_and(|wanted| wanted != kind) {
            return None;
        }
        self.words.find_in(entry.text.as_deref()?)
    }
}

impl Store {
    /// Returns a page of the titles and messages in which all words occur: the thread that was created last first, its
    /// title before its messages, and the newest message first. This order is the one of the keys, so it is the same
    /// on all pages, and rows that are added meanwhile move nothing. The page ends after 4 MB of rows, even if it is
    /// short or empty.
    ///
    /// # Errors
    /// The cursor belongs to another list or another search. The user is not synced, deleted or banned. Or DynamoDB is
    /// unavailable or refuses.
    pub async fn search(
        &self,
        user: &ClerkUserId,
        search: &Search,
        limit: PageLimit,
        after: Option<&str>,
    ) -> Result<SearchPage, Error> {
        let after = after.map(|after| parse_cursor(after, user, search.list())).transpose()?;
        let mut walk = Walk::new(self, user, after, search.query.kind != Some(SearchKind::Thread));
        let mut items = Vec::new();
        self.read_for(user, async {
            while items.len() < usize::from(limit.get())
                && let Some(entry) = walk.next().await?
            {
                if let Some(snippet) = search.find_in(&entry) {
                    items.push(SearchHit { thread: entry.thread, message: entry.message, snippet });
                }
            }
            Ok(())
        })
        .await?;
        let next_cursor = walk.position().map(|position| cursor(user, search.list(), position));
        Ok(SearchPage { items, next_cursor, searched: walk.searched() })
    }
}
