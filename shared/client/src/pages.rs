//! Pages of a list, one by one or as a stream of their entries.

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};
use usher_contract::{Page, PageLimit};

use crate::{client::Client, error::Error, repeat::Repeat, reply::Reply};

/// The query of a list that has no parameters of its own.
pub(crate) const NO_QUERY: () = ();

/// The next page to request.
enum Next {
    First,
    After(String),
    End,
}

impl Client {
    /// Requests a page of a list. `query` are the parameters that other lists do not have.
    pub(crate) async fn get_page<P: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
        limit: PageLimit,
        cursor: Option<&str>,
    ) -> Result<P, Error> {
        let limit = limit.get();
        let request = || {
            let request = self.request(Method::GET, path).query(query).query(&[("limit", limit)]);
            if let Some(cursor) = cursor { request.query(&[("cursor", cursor)]) } else { request }
        };
        self.send::<Reply>(Repeat::Safe, request).await?.json()
    }
}

/// Returns the entries of all pages. `get_page` requests the page of a cursor, and without one the first page. Only a
/// page without a cursor is the last: a page may have no entries.
pub(crate) fn stream_pages<T: Send + 'static, F>(
    get_page: impl Fn(Option<String>) -> F + Send + 'static,
) -> impl Stream<Item = Result<T, Error>> + Send + Unpin
where
    F: Future<Output = Result<Page<T>, Error>> + Send + 'static,
{
    let pages = stream::try_unfold(Next::First, move |next| {
        let page = match next {
            Next::First => Some(get_page(None)),
            Next::After(cursor) => Some(get_page(Some(cursor))),
            Next::End => None,
        };
        async {
            let Some(page) = page else { return Ok(None) };
            let page = page.await?;
            let entries = stream::iter(page.items.into_iter().map(Ok));
            Ok(Some((entries, page.next_cursor.map_or(Next::End, Next::After))))
        }
    });
    pages.try_flatten().boxed()
}
