//! Pages and cursors of the lists.

use std::collections::HashSet;

use futures_util::future::join_all;
use harness::{assert_for_all, message_rows, thread_row};
use proptest::prelude::*;
use usher_contract::{ClerkUserId, ThreadId};
use usher_store::Error;
use uuid::Uuid;

use crate::{
    builders::{limit, message},
    fixture::Fixture,
};

const ROWS: usize = 1000;
/// The number of first pages during which rows are added.
const ADDED: usize = 30;

#[tokio::test]
async fn pages_of_threads_return_every_row_once_despite_new_rows() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let threads: Vec<_> = (0..ROWS).map(|_| Uuid::now_v7()).collect();
    fixture.table.seed(threads.iter().map(|thread| thread_row(&user, *thread))).await;
    let mut ids: Vec<_> = threads.iter().rev().map(Uuid::to_string).collect();
    for size in [1, 7, 100] {
        let (mut seen, mut after, mut newer) = (Vec::new(), None, Vec::new());
        loop {
            let page = fixture.store.list_threads(&user, limit(size), after.as_deref()).await.unwrap();
            seen.extend(page.items.iter().map(|thread| thread.id.to_string()));
            match page.next_cursor {
                Some(next) => after = Some(next),
                None => break,
            }
            if newer.len() < ADDED {
                newer.insert(0, fixture.store.create_thread(&user, None, None).await.unwrap().id.to_string());
            }
        }
        assert_eq!(seen, ids, "pages of {size}");
        newer.append(&mut ids);
        ids = newer;
    }
}

#[tokio::test]
async fn pages_of_messages_return_every_row_once_despite_new_rows() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let rows: Vec<_> = message_rows(&user, thread, ROWS).collect();
    let mut ids: Vec<_> = rows.iter().map(|row| harness::text(row, "sk")[45..].to_owned()).collect();
    fixture.table.seed(rows).await;
    for size in [1, 7, 100] {
        let (mut seen, mut after, mut added) = (Vec::new(), None, 0);
        loop {
            let page = fixture.store.list_messages(&user, thread, limit(size), after.as_deref()).await.unwrap();
            seen.extend(page.items.iter().map(|message| message.id.to_string()));
            match page.next_cursor {
                Some(next) => after = Some(next),
                None => break,
            }
            if added < ADDED {
                // New messages are at the end of the list, so a later page returns them.
                ids.push(
                    fixture.store.create_message(&user, thread, message("new"), None).await.unwrap().id.to_string(),
                );
                added += 1;
            }
        }
        assert_eq!(seen, ids, "pages of {size}");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    }
}

/// A user with two threads of two messages each, and a cursor of each of the three lists.
struct Lists {
    user: ClerkUserId,
    threads: Vec<ThreadId>,
    /// The cursors of the threads, of the messages in the first thread and of the messages in the second.
    cursors: Vec<String>,
}

impl Lists {
    async fn new(fixture: &Fixture) -> Self {
        let (user, mut threads) = (fixture.user().await, Vec::new());
        for _ in 0..2 {
            let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
            fixture.store.create_exchange(&user, thread, [message("one"), message("two")], None).await.unwrap();
            threads.push(thread);
        }
        let mut cursors = vec![fixture.store.list_threads(&user, limit(1), None).await.unwrap().next_cursor.unwrap()];
        for thread in &threads {
            let page = fixture.store.list_messages(&user, *thread, limit(1), None).await.unwrap();
            cursors.push(page.next_cursor.unwrap());
        }
        Self { user, threads, cursors }
    }

    /// Returns whether each of the three lists accepts a cursor.
    async fn accept(&self, fixture: &Fixture, cursor: &str) -> [bool; 3] {
        let is_accepted = |error: Option<Error>| match error {
            None => true,
            Some(Error::InvalidCursor) => false,
            Some(error) => panic!("{cursor}: {error}"),
        };
        let threads = fixture.store.list_threads(&self.user, limit(1), Some(cursor)).await;
        let messages =
            self.threads.iter().map(|thread| fixture.store.list_messages(&self.user, *thread, limit(1), Some(cursor)));
        let mut messages = join_all(messages).await.into_iter().map(|page| is_accepted(page.err()));
        [is_accepted(threads.err()), messages.next().unwrap(), messages.next().unwrap()]
    }
}

#[tokio::test]
async fn a_cursor_works_for_its_own_list_only() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (Lists::new(&fixture).await, Lists::new(&fixture).await);
    for (number, cursor) in ada.cursors.iter().enumerate() {
        let own: [bool; 3] = std::array::from_fn(|list| list == number);
        assert_eq!(ada.accept(&fixture, cursor).await, own);
        fixture.injector.forward_all();
        assert_eq!(bob.accept(&fixture, cursor).await, [false; 3]);
        for length in 0..cursor.len() {
            assert_eq!(ada.accept(&fixture, &cursor[..length]).await, [false; 3], "{length}");
        }
        assert!(fixture.injector.take_calls().0.is_empty(), "a cursor is checked before any row is read");
    }
}

#[test]
fn random_and_altered_cursors_are_rejected() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (fixture, lists) = runtime.block_on(async {
        let fixture = Fixture::new().await;
        let lists = Lists::new(&fixture).await;
        (fixture, lists)
    });
    fixture.injector.forward_all();
    let noise = prop_oneof![".{0,80}", "[A-Za-z0-9_-]{0,80}", "[A-Za-z0-9_-]{43}"];
    assert_for_all(200, noise, |cursor| {
        assert_eq!(runtime.block_on(lists.accept(&fixture, &cursor)), [false; 3]);
    });
    let flipped = (0..lists.cursors.len(), 0..32_usize, 1..=255_u8);
    assert_for_all(200, flipped, |(cursor, place, bits)| {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
        let mut bytes = BASE64.decode(&lists.cursors[cursor]).unwrap();
        bytes[place] ^= bits;
        assert_eq!(runtime.block_on(lists.accept(&fixture, &BASE64.encode(bytes))), [false; 3]);
    });
    assert!(fixture.injector.take_calls().0.is_empty());
}
