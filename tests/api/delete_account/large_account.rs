//! An account too large for one transaction, deleted while its user keeps writing.

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
    purge::{assert_receipt, start_with_short_settle_time, wait_until_closed},
};

const THREADS: usize = 30;
const MESSAGES: usize = 40;
const WRITERS: usize = 4;
/// The number of writes that a writer still tries after the first refusal.
const WRITES_AFTER_REFUSAL: usize = 5;

/// The shared state of the writers and the deletion.
#[derive(Default)]
struct Writing {
    /// The rows whose writes got 201.
    rows: AtomicUsize,
    /// True after the response to the deletion.
    deleted: AtomicBool,
}

impl Writing {
    /// Writes until the first refusal, and then [`WRITES_AFTER_REFUSAL`] more times. Asserts that no write is accepted
    /// that starts after the response to the deletion or after the first refusal.
    async fn write_until_refused(&self, caller: &Caller<'_>, threads: &[Uuid], writer: usize) {
        let mut refused = 0;
        for turn in writer.. {
            let must_be_refused = self.deleted.load(SeqCst) || refused > 0;
            let thread = format!("/threads/{}", threads[turn % threads.len()]);
            let (answer, rows) = write(caller, &thread, turn).await;
            if answer.status == StatusCode::CREATED {
                assert!(!must_be_refused, "accepted after the deletion: {answer:?}");
                self.rows.fetch_add(rows, SeqCst);
                continue;
            }
            answer.expect_unauthorized("user-deleted");
            refused += 1;
            if refused > WRITES_AFTER_REFUSAL {
                return;
            }
        }
    }
}

/// Sends one of four kinds of writes. Returns the response and the number of rows that the write creates.
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
            (caller.post_with_key(&format!("{thread}/messages"), &key, &message).await, 2)
        }
    }
}

async fn seed_threads(usher: &Usher, user_id: &str) -> Vec<Uuid> {
    let threads: Vec<_> = (0..THREADS).map(|_| Uuid::now_v7()).collect();
    for thread in &threads {
        usher.seed([thread_row(user_id, *thread)]).await;
        usher.seed(message_rows(user_id, *thread, MESSAGES)).await;
    }
    threads
}

#[tokio::test]
async fn a_large_account_is_hidden_then_erased_despite_writes() {
    let usher = start_with_short_settle_time().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let threads = seed_threads(&usher, &ada.id).await;
    seed_threads(&usher, &bob.id).await;
    let bobs = bob.rows().await;

    let writing = Writing::default();
    let writers = join_all((0..WRITERS).map(|writer| writing.write_until_refused(&ada, &threads, writer)));
    let deletion = async {
        eventually("the writers have started", async || (writing.rows.load(SeqCst) >= 20).then_some(())).await;
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
    eventually("the stream erases all rows except the tombstone", async || (rows().await.len() == 1).then_some(()))
        .await;
    let written = THREADS * (MESSAGES + 1) + writing.rows.load(SeqCst);
    println!("{written} rows erased in {} ms", started.elapsed().as_millis());
    assert_eq!(ada.sort_keys().await, ["USER"]);

    assert_receipt(&wait_until_closed(&usher, async || rows().await[0].clone()).await, written);
    assert!(bob.rows().await == bobs, "the other user's rows have changed");
    let adas = usher.scan().await.into_iter().filter(|row| text(row, "pk") == format!("USER#{}", ada.id));
    assert_eq!(adas.map(|row| number(&row, "erased")).collect::<Vec<_>>(), [i64::try_from(written).unwrap()]);
}
