//! Nothing is left of an account that was written to without pause while it was deleted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::sync::Notify;
use usher_store::{ClerkUserId, Error, IfMatch, PassOutcome, Store, ThreadId};

use crate::{
    builders::{message, patch, request},
    fixture::Fixture,
    purge::{AT_ONCE, account, purge},
};

const WRITERS: u64 = 8;
const SEED: &str = "USHER_TEST_SEED";

/// Says which seed it was, if the test fails.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        Self(std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("to see it again: {SEED}={}", self.0);
        }
    }
}

/// What the writers have in common.
#[derive(Default)]
struct Shared {
    /// Whether the deletion was answered.
    answered: AtomicBool,
    /// Rows that a write which answered has made.
    rows: AtomicUsize,
    wrote: Notify,
}

/// Writes until it is told that the user is deleted; then once more.
async fn write(store: Store, user: ClerkUserId, mut random: StdRng, shared: Arc<Shared>) {
    let mut threads: Vec<ThreadId> = Vec::new();
    let mut settings = false;
    loop {
        let after = shared.answered.load(Ordering::SeqCst);
        let answer = match random.random_range(0..10) {
            0 if !settings => {
                let answer = store.update_settings(&user, &patch(json!({"a": 1})), &IfMatch::Any).await;
                // One row for all writers: who made it is told by the version.
                answer.map(|answer| {
                    settings = true;
                    usize::from(answer.version == 1)
                })
            }
            1..=3 => store.create_thread(&user, None, None).await.map(|thread| {
                threads.push(thread.id);
                1
            }),
            number if !threads.is_empty() => {
                let thread = threads[random.random_range(0..threads.len())];
                let request = request(&random.random::<u64>().to_string(), "");
                let request = (number == 4).then_some(&request);
                let answer = store.create_message(&user, thread, message("Hello"), request).await;
                answer.map(|_| 1 + usize::from(request.is_some()))
            }
            _ => Ok(0),
        };
        match answer {
            Ok(rows) => {
                assert!(!after || rows == 0, "a write that began after the deletion was answered was made");
                shared.rows.fetch_add(rows, Ordering::SeqCst);
                shared.wrote.notify_one();
            }
            Err(Error::UserDeleted) if after => return,
            Err(Error::UserDeleted) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn everything_written_before_the_deletion_is_erased_and_nothing_is_written_after() {
    let seed = Seed::new();
    let mut random = StdRng::seed_from_u64(seed.0);
    let fixture = Fixture::new().await;
    for _ in 0..10 {
        let (user, shared) = (fixture.user().await, Arc::new(Shared::default()));
        let writers = (0..WRITERS).map(|_| {
            let random = StdRng::seed_from_u64(random.random());
            tokio::spawn(write(fixture.third_process(), user.clone(), random, shared.clone()))
        });
        let writers: Vec<_> = writers.collect();
        let enough = random.random_range(0..250);
        while shared.rows.load(Ordering::SeqCst) < enough {
            shared.wrote.notified().await;
        }
        fixture.store.delete_user(&user).await.unwrap();
        shared.answered.store(true, Ordering::SeqCst);
        // The purge does not wait for the writers either.
        let end = purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
        assert_eq!(end, PassOutcome::Closed);
        for writer in writers {
            writer.await.unwrap();
        }
        let rows = fixture.rows(&user).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        let erased = usize::try_from(harness::number(&rows[0], "erased")).unwrap();
        assert_eq!(
            erased,
            shared.rows.load(Ordering::SeqCst),
            "every row whose write answered was erased, and no other"
        );
    }
}
