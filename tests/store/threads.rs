//! Threads and their messages.

use harness::message_row;
use serde_json::{from_value, json};
use usher_contract::{CreateMessage, Role};
use usher_store::Error;

use crate::{
    builders::{limit, message, title},
    fixture::{Fixture, new_user},
};

#[tokio::test]
async fn threads_are_listed_newest_first_and_messages_oldest_first() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let mut threads = Vec::new();
    for text in ["one", "two", "three"] {
        threads.insert(0, fixture.store.create_thread(&user, Some(title(text)), None).await.unwrap());
    }
    let page = fixture.store.list_threads(&user, limit(100), None).await.unwrap();
    assert_eq!((page.items, page.next_cursor), (threads.clone(), None));

    let thread = threads[1].id;
    let mut sent = vec![fixture.store.create_message(&user, thread, message("one"), None).await.unwrap().id];
    let exchange = [
        message("two"),
        CreateMessage { role: Role::Assistant, model: from_value(json!("m")).unwrap(), ..message("three") },
    ];
    let exchange = fixture.store.create_exchange(&user, thread, exchange, None).await.unwrap();
    sent.extend(exchange.iter().map(|message| message.id));
    let page = fixture.store.list_messages(&user, thread, limit(100), None).await.unwrap();
    assert_eq!(page.items.iter().map(|message| message.id).collect::<Vec<_>>(), sent);
    assert_eq!(page.items[2].role, Role::Assistant);
    assert_eq!(json!(page.items[1..]), json!(exchange));
    assert!(fixture.store.get_thread(&user, thread).await.unwrap().updated_at >= threads[1].updated_at);
}

#[tokio::test]
async fn a_title_is_changed_and_removed() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, Some(title("one")), None).await.unwrap();
    for title in [Some(title("two")), None] {
        let updated = fixture.store.update_thread(&user, thread.id, title.clone()).await.unwrap();
        assert_eq!((&updated.title, updated.created_at), (&title.map(String::from), thread.created_at));
        assert_eq!(fixture.store.get_thread(&user, thread.id).await.unwrap(), updated);
    }
}

#[tokio::test]
async fn the_list_skips_deleted_threads() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let mut kept = Vec::new();
    for number in 0..30 {
        let thread = fixture.store.create_thread(&user, None, None).await.unwrap();
        if number % 10 == 0 {
            kept.insert(0, thread);
        } else {
            fixture.store.delete_thread(&user, thread.id).await.unwrap();
        }
    }
    for size in [1, 2, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            fixture.injector.forward_all();
            let page = fixture.store.list_threads(&user, limit(size), after.as_deref()).await.unwrap();
            let queries = fixture.injector.take_calls().0.iter().filter(|call| call.is("Query")).count();
            assert!(queries <= 2, "{queries} queries for a page of {size}");
            assert!(page.items.len() == size || page.next_cursor.is_none(), "a page is full unless it is the last");
            seen.extend(page.items);
            match page.next_cursor {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, kept, "pages of {size}");
    }
}

#[tokio::test]
async fn a_deleted_thread_is_not_found_by_any_operation() {
    let fixture = Fixture::new().await;
    let (store, user) = (&fixture.store, fixture.user().await);
    let thread = store.create_thread(&user, None, None).await.unwrap().id;
    store.create_message(&user, thread, message("Hello"), None).await.unwrap();
    store.delete_thread(&user, thread).await.unwrap();
    let rows = fixture.rows(&user).await;
    assert!(matches!(store.get_thread(&user, thread).await, Err(Error::NotFound)));
    assert!(matches!(store.update_thread(&user, thread, None).await, Err(Error::NotFound)));
    assert!(matches!(store.list_messages(&user, thread, limit(1), None).await, Err(Error::NotFound)));
    assert!(matches!(store.create_message(&user, thread, message("Hello"), None).await, Err(Error::NotFound)));
    let exchange = [message("Hello"), message("Hello")];
    assert!(matches!(store.create_exchange(&user, thread, exchange, None).await, Err(Error::NotFound)));
    assert_eq!(fixture.rows(&user).await, rows);
    // A repeated deletion succeeds, because the caller may have lost the first response.
    store.delete_thread(&user, thread).await.unwrap();
}

#[tokio::test]
async fn an_unsynced_user_is_rejected_by_every_operation() {
    let fixture = Fixture::new().await;
    let (store, user, owner) = (&fixture.store, new_user(), fixture.user().await);
    let thread = store.create_thread(&owner, None, None).await.unwrap().id;
    assert!(matches!(store.create_thread(&user, None, None).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.list_threads(&user, limit(1), None).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.get_thread(&user, thread).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.update_thread(&user, thread, None).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.delete_thread(&user, thread).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.create_message(&user, thread, message("Hello"), None).await, Err(Error::UserNotSynced)));
    assert!(matches!(store.list_messages(&user, thread, limit(1), None).await, Err(Error::UserNotSynced)));
    assert!(fixture.rows(&user).await.is_empty());
}

#[tokio::test]
async fn the_largest_message_is_kept() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let frame = json!([{"type": "text", "text": ""}]).to_string().len();
    let largest = CreateMessage {
        parts: from_value(json!([{"type": "text", "text": "x".repeat(256 * 1024 - frame)}])).unwrap(),
        model: from_value(json!("é".repeat(100))).unwrap(),
        ..message(&"é".repeat(100 * 1024 / 2))
    };
    let sent = fixture.store.create_message(&user, thread, largest.clone(), None).await.unwrap();
    fixture.store.create_exchange(&user, thread, [largest.clone(), largest], None).await.unwrap();
    // Three such messages have about 1 MB, the limit of a page.
    let page = fixture.store.list_messages(&user, thread, limit(100), None).await.unwrap();
    assert_eq!(json!(page.items[0]), json!(sent));
    let mut count = page.items.len();
    if let Some(next) = page.next_cursor {
        let rest = fixture.store.list_messages(&user, thread, limit(100), Some(&next)).await.unwrap();
        assert_eq!(rest.next_cursor, None);
        count += rest.items.len();
    }
    assert_eq!(count, 3);
}

/// The rows fit into one query. Each control character takes 7 bytes in a response.
#[tokio::test]
async fn a_page_of_messages_has_up_to_4_mb_in_a_response() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let content = "\u{1}".repeat(43_600);
    fixture.table.seed((0..20).map(|_| message_row(&user, thread, &content))).await;
    let first = fixture.store.list_messages(&user, thread, limit(100), None).await.unwrap();
    assert_eq!(first.items.len(), 4 * 1024 * 1024 / (7 * 43_600));
    let rest = fixture.store.list_messages(&user, thread, limit(100), first.next_cursor.as_deref()).await.unwrap();
    assert_eq!((first.items.len() + rest.items.len(), rest.next_cursor), (20, None));
}
