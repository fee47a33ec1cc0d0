//! The search.

use futures_util::Stream;
use usher_contract::{Page, PageLimit, SearchHit, SearchPage, SearchQuery};

use crate::{client::Client, error::Error, pages::stream_pages};

/// The search.
impl Client {
    /// Returns a page of the titles and messages in which all words occur: `GET /search`. Without a cursor it is the
    /// first page. A page may have no hits: only a page without a cursor is the last.
    ///
    /// # Errors
    /// See [`Error`]. `invalid-query`: there are too many words. `invalid-cursor`: the cursor is not of this search.
    pub async fn search(
        &self,
        query: &SearchQuery,
        limit: PageLimit,
        cursor: Option<&str>,
    ) -> Result<SearchPage, Error> {
        self.get_page(&["search"], query, limit, cursor).await
    }

    /// Returns all hits of a search in the same order: the thread that was created last first, its title before its
    /// messages, and the newest message first. Requests a page when its first hit is needed, and looks through
    /// everything if all hits are taken. Ends after an error.
    pub fn hits(&self, query: &SearchQuery) -> impl Stream<Item = Result<SearchHit, Error>> + Send + Unpin + use<> {
        let (client, query) = (self.clone(), query.clone());
        stream_pages(move |cursor| {
            let (client, query) = (client.clone(), query.clone());
            async move {
                let SearchPage { items, next_cursor, .. } =
                    client.search(&query, PageLimit::MAX, cursor.as_deref()).await?;
                Ok(Page { items, next_cursor })
            }
        })
    }
}
