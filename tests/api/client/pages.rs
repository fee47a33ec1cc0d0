//! Lists as streams.

use futures_util::{StreamExt as _, TryStreamExt as _};
use harness::{Usher, conversation_rows, message_rows};
use usher_client::contract::{Message, PageLimit, Thread, ThreadId};
use uuid::Uuid;

use crate::client::new_client;

/// The most entries that a page has.
const PAGE: usize = 100;

#[tokio::test]
async fn a_stream_has_the_entries_of_all_pages_in_order() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    let thread = ada.create_thread().await;
    let thread = ThreadId::parse(thread.trim_start_matches("/threads/")).unwrap();
    usher.seed(message_rows(&ada.id, thread, 2 * PAGE + 1)).await;
    let messages: Vec<Message> = client.messages(thread).try_collect().await.unwrap();
    let numbers: Vec<usize> = messages.iter().map(|message| message.content.parse().unwrap()).collect();
    assert_eq!(numbers, (0..=2 * PAGE).collect::<Vec<_>>());

    usher.seed(conversation_rows(&ada.id, PAGE, 0)).await;
    let threads: Vec<Thread> = client.threads().try_collect().await.unwrap();
    assert_eq!(threads.len(), PAGE + 1);
    assert!(threads.is_sorted_by(|earlier, later| earlier.id > later.id), "the last created is not the first");
}

#[tokio::test]
async fn a_page_continues_after_the_cursor_of_another() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    usher.seed(conversation_rows(&ada.id, 3, 0)).await;
    let limit = PageLimit::new(2).unwrap();
    let first = client.list_threads(limit, None).await.unwrap();
    let second = client.list_threads(limit, first.next_cursor.as_deref()).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (2, 1));
    let all: Vec<Thread> = client.threads().try_collect().await.unwrap();
    assert_eq!([first.items, second.items].concat(), all);
    let wrong = client.list_threads(limit, Some("a/b?c&d=é")).await.unwrap_err();
    assert_eq!(wrong.code().unwrap().as_str(), "invalid-cursor");
}

#[tokio::test]
async fn a_stream_requests_a_page_only_when_it_is_needed() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    usher.seed(conversation_rows(&ada.id, PAGE + 1, 0)).await;
    let mut threads = client.threads();
    for _ in 0..PAGE {
        threads.try_next().await.unwrap().unwrap();
    }
    // The second page has one thread. It is read after this deletion, so it is empty.
    let first = ada.get("/threads?limit=100").await.expect_json();
    let rest = format!("/threads?cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = ada.get(&rest).await.expect_json();
    ada.delete(&format!("/threads/{}", rest["items"][0]["id"].as_str().unwrap())).await.assert_no_content();
    assert_eq!(threads.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn a_stream_ends_after_an_error() {
    let usher = Usher::shared().await;
    let (_, client) = new_client(&usher).await;
    let results: Vec<_> = client.messages(ThreadId::from_uuid(Uuid::now_v7())).collect().await;
    let [Err(error)] = results.as_slice() else { panic!("{results:?}") };
    assert_eq!(error.code().unwrap().as_str(), "not-found");
}
