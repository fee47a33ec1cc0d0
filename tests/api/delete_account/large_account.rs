//! An account that no transaction can hold, deleted while its user goes on writing.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Instant,
};

use futures_util::future::join_all;
use harness::{Answer, Usher, eventually, message_rows, number, text, thread_row};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::{
    caller::Caller,
    purge::{assert_receipt, closed, purging},
};

const THREADS: usize = 30;
const MESSAGES: usize = 40;
const WRITERS: usize = 4;
/// What a writer still tries once it has been refused.
const TRIES_AFTER: usize = 5;

/// Writes by HTTP, and what came of it.
#[derive(Default)]
struct Writing {
    /// Rows that were answered with 201.
    rows: AtomicUsize,
    /// Whether the deletion has been answered.
    deleted: AtomicBool,
}

impl Writing {
    /// Writes until it is refused, and then some more. Nothing that begins after the deletion was answered, and nothing
    /// after the first refusal, may be let in.
    async fn go_on(&self, caller: &Caller<'_>, threads: &[Uuid], writer: usize) {
        let mut refused = 0;
        for turn in writer.. {
            let must_be_refused = self.deleted.load(SeqCst) || refused > 0;
            let thread = format!("/threads/{}", threads[turn % threads.len()]);
            let (answer, rows) = write(caller, &thread, turn).await;
            if answer.status == StatusCode::CREATED {
                assert!(!must_be_refused, "let in after the deletion: {answer:?}");
                self.rows.fetch_add(rows, SeqCst);
                continue;
            }
            answer.expect_unauthorized("user-deleted");
            refused += 1;
            if refused > TRIES_AFTER {
                return;
            }
        }
    }
}

/// One write of many kinds, and how many rows it makes where it is let in.
async fn write(caller: &Caller<'_>, thread: &str, turn: usize) -> (Answer, usize) {
    let message = json!({"content": format!("message {turn}")});
    match turn % 4 {
        0 => (caller.post("/threads", &json!({"title": format!("thread {turn}")})).await, 1),
        1 => (caller.post(&format!("{thread}/messages"), &message).await, 1),
        2 => {
            let exchange = json!({"user": message, "assistant": message});
            (caller.post(&format!("{thread}/exchanges"), &exchange).await, 2)
        }
        _ => {
            let key = Uuid::now_v7().to_string();
            (caller.post_once(&format!("{thread}/messages"), &key, &message).await, 2)
        }
    }
}

async fn seeded(usher: &Usher, user_id: &str) -> Vec<Uuid> {
    let threads: Vec<_> = (0..THREADS).map(|_| Uuid::now_v7()).collect();
    for thread in &threads {
        usher.seed([thread_row(user_id, *thread)]).await;
        usher.seed(message_rows(user_id, *thread, MESSAGES)).await;
    }
    threads
}

#[tokio::test]
async fn a_large_account_is_hidden_at_once_and_erased_to_the_last_row_while_writers_go_on() {
    let usher = purging().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let threads = seeded(&usher, &ada.id).await;
    seeded(&usher, &bob.id).await;
    let bobs = bob.rows().await;

    let writing = Writing::default();
    let writers = join_all((0..WRITERS).map(|writer| writing.go_on(&ada, &threads, writer)));
    let deletion = async {
        eventually("the writers are at it", async || (writing.rows.load(SeqCst) >= 20).then_some(())).await;
        let started = Instant::now();
        usher.deliver_user_deleted(&ada.id).await;
        writing.deleted.store(true, SeqCst);
        println!("hidden in {} ms", started.elapsed().as_millis());
        ada.get("/threads").await.expect_unauthorized("user-deleted");
        ada.get(&format!("/threads/{}/messages", threads[0])).await.expect_unauthorized("user-deleted");
        started
    };
    let (_, started) = futures_util::join!(writers, deletion);

    let rows = async || ada.rows().await;
    eventually("the stream has all rows erased but the tombstone", async || (rows().await.len() == 1).then_some(()))
        .await;
    let written = THREADS * (MESSAGES + 1) + writing.rows.load(SeqCst);
    println!("{written} rows erased in {} ms", started.elapsed().as_millis());
    assert_eq!(ada.sort_keys().await, ["USER"]);

    assert_receipt(&closed(&usher, async || rows().await[0].clone()).await, written);
    assert!(bob.rows().await == bobs, "the other user's rows have changed");
    let adas = usher.scan().await.into_iter().filter(|row| text(row, "pk") == format!("USER#{}", ada.id));
    assert_eq!(adas.map(|row| number(&row, "erased")).collect::<Vec<_>>(), [i64::try_from(written).unwrap()]);
}
