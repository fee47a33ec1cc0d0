//! Tombstones of threads: a list skips a limited number of them per request, and they expire after a day.

use harness::{Row, assert_for_all, integer, number, row, thread_row};
use proptest::prelude::*;
use usher_contract::{ClerkUserId, Page, Thread};
use usher_store::{Error, Owner, PassOutcome};
use uuid::Uuid;

use crate::{
    builders::limit,
    fixture::Fixture,
    passes::{AT_ONCE, purge},
};

/// The maximum number of queries in one request of a list.
const QUERIES: usize = 4;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A tombstone of a thread whose deletion is closed.
fn tombstone_row(user: &ClerkUserId, thread: Uuid) -> Row {
    let attributes = ["deleted_at", "purged_at", "erased", "expires_at"].map(|name| (name, integer(4_000_000_000)));
    row(user, &format!("THREAD#{thread}"), attributes)
}

/// Writes threads, oldest first, some of which are deleted. Returns the ids of the others, newest first.
async fn seed_threads(fixture: &Fixture, user: &ClerkUserId, deleted: impl IntoIterator<Item = bool>) -> Vec<String> {
    let threads: Vec<_> = deleted.into_iter().map(|is_deleted| (Uuid::now_v7(), is_deleted)).collect();
    let rows = threads.iter().map(|(id, is_deleted)| match is_deleted {
        true => tombstone_row(user, *id),
        false => thread_row(user, *id),
    });
    fixture.table.seed(rows).await;
    threads.iter().rev().filter(|(_, is_deleted)| !is_deleted).map(|(id, _)| id.to_string()).collect()
}

/// Reads the whole list. Returns its pages, and asserts that each took at most 4 queries.
async fn pages(fixture: &Fixture, user: &ClerkUserId, size: usize) -> Vec<Page<Thread>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        fixture.injector.forward_all();
        let page = fixture.store.list_threads(user, limit(size), after.as_deref()).await.unwrap();
        let queries = fixture.injector.take_calls().of("Query").count();
        assert!(queries <= QUERIES, "page {} took {queries} queries", pages.len() + 1);
        assert!(page.items.len() <= size);
        after.clone_from(&page.next_cursor);
        pages.push(page);
        if after.is_none() {
            return pages;
        }
    }
}

fn ids(pages: &[Page<Thread>]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.items).map(|thread| thread.id.to_string()).collect()
}

#[tokio::test]
async fn a_list_makes_at_most_4_queries_despite_deleted_threads() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let living = seed_threads(&fixture, &user, (0..20_000).map(|number| number % 5_000 != 0)).await;
    let pages = pages(&fixture, &user, 50).await;
    assert_eq!((ids(&pages), living.len()), (living, 4));
    // There must not be many short pages.
    assert!(pages.len() <= 12, "{} pages", pages.len());
}

#[tokio::test]
async fn pages_are_empty_and_end_if_all_threads_were_deleted() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    seed_threads(&fixture, &user, (0..3_000).map(|_| true)).await;
    let pages = pages(&fixture, &user, 50).await;
    assert!(pages.len() > 1 && ids(&pages).is_empty());
}

#[test]
fn pages_return_every_living_thread_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::new());
    // Runs of living and of deleted threads, so that pages end in either.
    let runs = prop::collection::vec((any::<bool>(), 1..250_usize), 0..12);
    assert_for_all(24, (runs, 1..=100_usize), |(runs, size)| {
        runtime.block_on(async {
            let user = fixture.user().await;
            let deleted = runs.iter().flat_map(|(is_deleted, count)| std::iter::repeat_n(*is_deleted, *count));
            let living = seed_threads(&fixture, &user, deleted).await;
            assert_eq!(ids(&pages(&fixture, &user, size).await), living);
        });
    });
}

#[tokio::test]
async fn a_thread_tombstone_expires_a_day_after_it_was_closed() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    fixture.store.delete_thread(&user, thread).await.unwrap();
    let owner = Owner::Thread(user.clone(), thread);
    assert_eq!(purge(&fixture.store, &owner, AT_ONCE).await.unwrap(), PassOutcome::Closed);
    let tombstone = fixture.rows(&user).await.remove(0);
    assert_eq!(number(&tombstone, "expires_at"), number(&tombstone, "purged_at") / 1000 + DAY_SECONDS);

    // A repeated deletion succeeds while the tombstone exists.
    fixture.store.delete_thread(&user, thread).await.unwrap();
    assert_eq!(fixture.rows(&user).await[0], tombstone);
    fixture.table.remove(&tombstone).await;
    assert!(matches!(fixture.store.delete_thread(&user, thread).await, Err(Error::NotFound)));
}
