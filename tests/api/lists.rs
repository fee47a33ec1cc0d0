//! Lists: their order and their pages.

mod cursors;

use std::cell::RefCell;

use harness::{Usher, message_row, message_rows, text, thread_row};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;

/// The path of the next page. Returns `None` on the last page.
fn next_page_path(path: &str, limit: usize, page: &Value) -> Option<String> {
    Some(format!("{path}?limit={limit}&cursor={}", page["next_cursor"].as_str()?))
}

fn ids_of(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Reads a list page by page and runs `meanwhile` after every page. Returns the ids.
async fn list_all(caller: &Caller<'_>, path: &str, limit: usize, meanwhile: impl AsyncFn()) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = Some(format!("{path}?limit={limit}"));
    while let Some(url) = next {
        let page = caller.get(&url).await.expect_json();
        let ids = ids_of(&page);
        next = next_page_path(path, limit, &page);
        assert!(ids.len() <= limit && (next.is_none() || ids.len() == limit), "{url}: {} entries", ids.len());
        found.extend(ids);
        meanwhile().await;
    }
    found
}

/// Creates a user with threads. Returns the ids of the threads, newest first.
async fn create_caller_with_threads(usher: &Usher, count: usize) -> (Caller<'_>, Vec<String>) {
    let ada = Caller::new(usher).await;
    let mut threads: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    usher.seed(threads.iter().map(|id| thread_row(&ada.id, *id))).await;
    threads.reverse();
    (ada, threads.iter().map(Uuid::to_string).collect())
}

#[tokio::test]
async fn threads_are_listed_newest_first_and_messages_oldest_first() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let mut threads = Vec::new();
    for title in ["one", "two", "three"] {
        threads.insert(0, ada.post("/threads", &json!({"title": title})).await.expect_created());
    }
    assert_eq!(ada.get("/threads").await.expect_json(), json!({"items": threads, "next_cursor": null}));

    // A new message does not move its thread in the list.
    let oldest = format!("/threads/{}", threads[2]["id"].as_str().unwrap());
    let mut messages = Vec::new();
    for content in ["one", "two", "three"] {
        messages.push(ada.create_message(&oldest, content).await);
    }
    assert_eq!(
        ada.get(&format!("{oldest}/messages")).await.expect_json(),
        json!({"items": messages, "next_cursor": null})
    );
    let order: Vec<_> = threads.iter().map(|thread| thread["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids_of(&ada.get("/threads").await.expect_json()), order);
}

#[tokio::test]
async fn a_user_without_threads_gets_an_empty_list() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    assert_eq!(ada.get("/threads").await.expect_json(), json!({"items": [], "next_cursor": null}));
    assert_eq!(ada.get("/threads?limit=1").await.expect_json(), json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn a_page_has_50_entries_by_default() {
    let usher = Usher::shared().await;
    let (ada, threads) = create_caller_with_threads(&usher, 51).await;
    for (limit, expected) in [("", 50), ("?limit=1", 1), ("?limit=50", 50), ("?limit=51", 51), ("?limit=100", 51)] {
        let page = ada.get(&format!("/threads{limit}")).await.expect_json();
        assert_eq!(ids_of(&page), threads[..expected], "{limit}");
        assert_eq!(page["next_cursor"].is_null(), expected == 51, "{limit}: {}", page["next_cursor"]);
    }
}

#[tokio::test]
async fn pages_list_every_thread_once_despite_changes() {
    let usher = Usher::shared().await;
    let (ada, threads) = create_caller_with_threads(&usher, 63).await;
    for limit in [1, 7, 21, 100] {
        // New threads are listed before the first page, and the deleted thread is one of them.
        let add_and_delete = async || {
            let newer = ada.create_thread().await;
            ada.delete(&newer).await.assert_no_content();
            ada.create_thread().await;
        };
        let mut found = list_all(&ada, "/threads", limit, add_and_delete).await;
        // The first entries are threads that were added by earlier rounds.
        let old = found.split_off(found.len() - threads.len());
        assert_eq!(old, threads, "pages of {limit}");
        assert!(found.is_sorted_by(|newer, older| newer > older), "pages of {limit}: {found:?}");
    }
}

#[tokio::test]
async fn pages_list_every_message_once_despite_additions() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = Uuid::now_v7();
    let rows: Vec<_> = message_rows(&ada.id, thread, 210).collect();
    let mut expected: Vec<_> = rows.iter().map(|row| text(row, "sk")[45..].to_owned()).collect();
    let neighbour = message_row(&ada.id, Uuid::now_v7(), "of another thread");
    usher.seed(rows.iter().cloned().chain([thread_row(&ada.id, thread), neighbour])).await;

    let path = format!("/threads/{thread}/messages");
    for limit in [7, 70, 100] {
        let known = expected.len();
        let added = RefCell::new(Vec::new());
        let add = async || {
            if added.borrow().len() < 3 {
                let message = ada.create_message(&format!("/threads/{thread}"), "more").await;
                added.borrow_mut().push(message["id"].as_str().unwrap().to_owned());
            }
        };
        let found = list_all(&ada, &path, limit, add).await;
        let added = added.into_inner();
        // New messages are listed at the end, except those added after the last page was read.
        expected.extend(added);
        assert!(found.len() >= known && expected.starts_with(&found), "pages of {limit}: {found:?}\n{expected:?}");
    }
}

#[tokio::test]
async fn a_page_of_large_messages_ends_early_and_loses_no_message() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = Uuid::now_v7();
    let large = "é".repeat(50 * 1024);
    let rows: Vec<_> = (0..24).map(|_| message_row(&ada.id, thread, &large)).collect();
    usher.seed(rows.iter().cloned().chain([thread_row(&ada.id, thread)])).await;
    let path = format!("/threads/{thread}/messages");
    let (mut found, mut pages, mut next) = (Vec::new(), 0, Some(format!("{path}?limit=100")));
    while let Some(url) = next {
        let page = ada.get(&url).await.expect_json();
        assert!(page["items"].as_array().unwrap().iter().all(|item| item["content"] == large.as_str()));
        found.extend(ids_of(&page));
        pages += 1;
        next = next_page_path(&path, 100, &page);
    }
    let expected: Vec<_> = rows.iter().map(|row| text(row, "sk")[45..].to_owned()).collect();
    assert_eq!(found, expected);
    assert!(pages > 1, "one query reads 1 MB at most");
}
