//! The search: its order, its pages and what it must not find. How texts match is tested in `shared/search`.

use std::collections::HashSet;

use harness::{Row, message_row, string, thread_row};
use usher_contract::{ClerkUserId, PageLimit, SearchHit, SearchKind, SearchPage, ThreadId};
use usher_store::{Error, Search};
use uuid::Uuid;

use crate::{
    builders::{limit, message, search, title},
    fixture::Fixture,
};

/// The maximum size of the rows that a request reads, in units of 4 KB.
const MAX_UNITS: f64 = 1024.0;

/// The number of first pages during which rows are added.
const ADDED: usize = 20;

/// What is found, as the text of each snippet.
fn texts(page: &SearchPage) -> Vec<&str> {
    page.items.iter().map(|hit| hit.snippet.text.as_str()).collect()
}

/// The id of a hit: the one of the message or else of the thread.
fn id(hit: &SearchHit) -> String {
    hit.message.as_ref().map_or_else(|| hit.thread.id.to_string(), |message| message.id.to_string())
}

async fn find(fixture: &Fixture, user: &ClerkUserId, q: &str) -> SearchPage {
    fixture.store.search(user, &search(q, None), PageLimit::MAX, None).await.unwrap()
}

/// A thread with this title, and messages.
async fn conversation(fixture: &Fixture, user: &ClerkUserId, text: &str, messages: &[&str]) -> ThreadId {
    let thread = fixture.store.create_thread(user, Some(title(text)), None).await.unwrap().id;
    for text in messages {
        fixture.store.create_message(user, thread, message(text), None).await.unwrap();
    }
    thread
}

/// A message of this number of bytes.
fn large_row(user: &ClerkUserId, thread: ThreadId, word: &str, bytes: usize) -> Row {
    let mut row = message_row(user, thread, &format!("{word} {}", "x".repeat(bytes)));
    row.insert("parts".to_owned(), string("[]"));
    row
}

#[tokio::test]
async fn the_thread_created_last_is_first_and_its_title_too() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let old = conversation(&fixture, &user, "Plan one", &["plan a", "no", "plan b"]).await;
    conversation(&fixture, &user, "Other", &["plan c"]).await;
    conversation(&fixture, &user, "Plan two", &[]).await;
    fixture.store.create_message(&user, old, message("plan d"), None).await.unwrap();

    let page = find(&fixture, &user, "plan").await;
    assert_eq!(texts(&page), ["Plan two", "plan c", "Plan one", "plan d", "plan b", "plan a"]);
    assert_eq!((page.searched.threads, page.searched.messages, page.searched.back_to), (3, 5, None));
    let hit = &page.items[3];
    let found = fixture.store.list_messages(&user, old, limit(100), None).await.unwrap().items.pop().unwrap();
    assert_eq!(hit.thread, fixture.store.get_thread(&user, old).await.unwrap());
    let shown = hit.message.as_ref().unwrap();
    assert_eq!((shown.id, shown.role, shown.created_at), (found.id, found.role, found.created_at));

    for size in 1..=6 {
        let (mut hits, mut after) = (Vec::new(), None);
        loop {
            let query = search("plan", None);
            let part = fixture.store.search(&user, &query, limit(size), after.as_deref()).await.unwrap();
            assert!(part.items.len() <= size);
            hits.extend(part.items);
            after = part.next_cursor;
            assert_eq!(after.is_none(), part.searched.back_to.is_none());
            if after.is_none() {
                break;
            }
        }
        assert_eq!(hits, page.items, "pages of {size}");
    }
}

#[tokio::test]
async fn a_search_may_be_only_in_titles_or_in_messages() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    conversation(&fixture, &user, "Plan one", &["plan a"]).await;
    for (kind, expected, messages) in [(SearchKind::Thread, "Plan one", 0), (SearchKind::Message, "plan a", 1)] {
        let query = search("plan", Some(kind));
        let page = fixture.store.search(&user, &query, PageLimit::MAX, None).await.unwrap();
        assert_eq!((texts(&page), page.next_cursor.as_deref()), (vec![expected], None));
        assert_eq!(page.searched.messages, messages);
    }
}

#[tokio::test]
async fn a_search_finds_nothing_of_deleted_threads_and_others() {
    let fixture = Fixture::new().await;
    let [ada, bob] = [fixture.user().await, fixture.user().await];
    conversation(&fixture, &bob, "Plan", &["plan"]).await;
    assert!(find(&fixture, &ada, "plan").await.items.is_empty());

    let kept = conversation(&fixture, &ada, "Plan", &["plan"]).await;
    let deleted = conversation(&fixture, &ada, "Plan", &[]).await;
    // More messages than the deletion erases at once.
    fixture.table.seed((0..150).map(|_| message_row(&ada, deleted, "plan"))).await;
    conversation(&fixture, &ada, "Other", &["no"]).await;
    fixture.store.delete_thread(&ada, deleted).await.unwrap();
    // A message whose thread is gone without a tombstone.
    fixture.table.seed([message_row(&ada, Uuid::now_v7(), "plan")]).await;
    let page = find(&fixture, &ada, "plan").await;
    assert_eq!(page.items.iter().map(|hit| hit.thread.id).collect::<Vec<_>>(), [kept, kept]);
    assert_eq!((page.searched.threads, page.searched.messages), (2, 2));

    fixture.store.delete_user(&ada).await.unwrap();
    let error = fixture.store.search(&ada, &search("plan", None), PageLimit::MAX, None).await.unwrap_err();
    assert!(matches!(error, Error::UserDeleted), "{error}");
}

#[tokio::test]
async fn pages_return_every_hit_once_while_rows_are_added() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let threads: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    fixture.table.seed(threads.iter().map(|thread| thread_row(&user, thread))).await;
    let row = |number: usize| {
        let word = if number.is_multiple_of(3) { "plan" } else { "other" };
        message_row(&user, threads[number % threads.len()], word)
    };
    fixture.table.seed((0..900).map(row)).await;
    let all: Vec<_> = find(&fixture, &user, "plan").await.items;
    let query = search("plan", Some(SearchKind::Message));
    for size in [1, 7, 100] {
        let mut before = HashSet::new();
        let (mut seen, mut after, mut added) = (Vec::new(), None, 0);
        if size == 1 {
            before.extend(all.iter().map(id));
        }
        loop {
            let page = fixture.store.search(&user, &query, limit(size), after.as_deref()).await.unwrap();
            seen.extend(page.items.iter().map(|hit| (hit.thread.id, hit.message.as_ref().unwrap().id)));
            after = page.next_cursor;
            if after.is_none() {
                break;
            }
            if added < ADDED {
                let thread = ThreadId::from_uuid(threads[added * 2 % threads.len()]);
                fixture.store.create_message(&user, thread, message("plan"), None).await.unwrap();
                conversation(&fixture, &user, "Plan", &["plan"]).await;
                added += 1;
            }
        }
        assert!(seen.is_sorted_by(|one, next| one > next), "pages of {size}: a hit is lost, or comes twice");
        let ids: HashSet<_> = seen.iter().map(|(_, id)| id.to_string()).collect();
        assert!(before.is_subset(&ids), "pages of {size}");
        assert!(seen.len() >= 300, "pages of {size}: {}", seen.len());
    }
}

#[tokio::test]
async fn a_request_reads_at_most_4_mb_and_goes_on_by_a_cursor() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let threads: Vec<_> = (0..3).map(|_| ThreadId::from_uuid(Uuid::now_v7())).collect();
    fixture.table.seed(threads.iter().map(|thread| thread_row(&user, thread))).await;
    fixture.table.seed([large_row(&user, threads[0], "needle", 10)]).await;
    // 15 MB without a hit.
    fixture.table.seed((0..150).map(|number| large_row(&user, threads[number % 3], "hay", 100_000))).await;
    let query = search("needle", None);
    let (mut after, mut found, mut messages, mut pages) = (None, 0, 0, 0);
    let mut back_to = i64::MAX;
    loop {
        fixture.injector.forward_all();
        let page = fixture.store.search(&user, &query, limit(1), after.as_deref()).await.unwrap();
        let (units, _) = fixture.injector.take_calls().capacity();
        assert!(units <= MAX_UNITS + 1.0, "{units} units");
        found += page.items.len();
        messages += page.searched.messages;
        pages += 1;
        after = page.next_cursor;
        let Some(reached) = page.searched.back_to else { break };
        assert!(reached.as_millis() <= back_to, "the search goes back");
        back_to = reached.as_millis();
    }
    assert_eq!((found, messages), (1, 151));
    assert!((4..=8).contains(&pages), "{pages} pages");
}

#[tokio::test]
async fn a_cursor_of_a_search_works_for_no_other_search() {
    let fixture = Fixture::new().await;
    let [ada, bob] = [fixture.user().await, fixture.user().await];
    for user in [&ada, &bob] {
        conversation(&fixture, user, "Plan", &["plan a", "plan b"]).await;
    }
    let query = search("plan", None);
    let page = fixture.store.search(&ada, &query, limit(1), None).await.unwrap();
    let cursor = page.next_cursor.unwrap();
    let threads = fixture.store.list_threads(&ada, limit(1), Some(&cursor)).await;
    assert!(matches!(threads, Err(Error::InvalidCursor)), "{threads:?}");
    fixture.injector.forward_all();
    let is_refused = async |user: &ClerkUserId, query: &Search, cursor: &str| {
        let result = fixture.store.search(user, query, limit(1), Some(cursor)).await;
        matches!(result, Err(Error::InvalidCursor))
    };
    assert!(is_refused(&bob, &query, &cursor).await);
    for other in [search("Plan", None), search("plans", None), search("plan", Some(SearchKind::Message))] {
        assert!(is_refused(&ada, &other, &cursor).await, "{other:?}");
    }
    for place in 0..cursor.len() {
        let mut altered = cursor.clone();
        altered.replace_range(place..=place, if &cursor[place..=place] == "A" { "B" } else { "A" });
        assert!(is_refused(&ada, &query, &altered).await, "{altered}");
        assert!(is_refused(&ada, &query, &cursor[..place]).await, "{place}");
    }
    assert!(fixture.injector.take_calls().0.is_empty(), "a cursor is checked before any row is read");
    assert!(!is_refused(&ada, &query, &cursor).await);
}
