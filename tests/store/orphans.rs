//! Concurrent writers leave no row behind when their account is deleted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::sync::Notify;
use usher_contract::{ClerkUserId, ThreadId};
use usher_store::{Error, IfMatch, PassOutcome, Store};

use crate::{
    builders::{message, patch, request},
    fixture::Fixture,
    passes::{AT_ONCE, account, purge},
};

const WRITERS: u64 = 8;
const SEED: &str = "USHER_TEST_SEED";

/// The random seed. A failed test prints it.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        Self(std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("to reproduce it: {SEED}={}", self.0);
        }
    }
}

/// The state that the writers share.
#[derive(Default)]
struct Shared {
    /// `true` if the deletion has returned.
    answered: AtomicBool,
    /// The number of rows that successful writes have created.
    rows: AtomicUsize,
    wrote: Notify,
}

/// Writes until the deletion has returned and a write that began later was rejected.
async fn write(store: Store, user: ClerkUserId, mut random: StdRng, shared: Arc<Shared>) {
    let mut threads: Vec<ThreadId> = Vec::new();
    let mut settings = false;
    loop {
        let after = shared.answered.load(Ordering::SeqCst);
        let answer = match random.random_range(0..10) {
            0 if !settings => {
                let answer = store.update_settings(&user, &patch(json!({"a": 1})), &IfMatch::Any).await;
                // All writers share this row. The writer that gets version 1 has created it.
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
                assert!(!after || rows == 0, "a write that began after the deletion returned was performed");
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
async fn concurrent_writes_leave_no_row_after_a_deletion() {
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
        // The purge does not wait for the writers.
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
            "the purge erased the rows of all successful writes and no other"
        );
    }
}
