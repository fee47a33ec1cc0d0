//! Other devices of a user, which write while the account or a thread is being deleted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    call::{Call, respond, send},
    check,
    report::CHECKS,
    user::new_content,
    world::World,
};

const DEVICES: usize = 2;

/// Devices that write until they are told that the user or the thread is gone.
pub(crate) struct Race {
    world: Arc<World>,
    is_deleted: Arc<AtomicBool>,
    writers: JoinSet<()>,
}

impl Race {
    /// Starts the devices. With a thread they write messages in it, and without one they create threads. A reply that is
    /// begun in the thread is left.
    pub(crate) async fn start(world: &Arc<World>, random: &mut StdRng, user: &str, thread: Option<&str>) -> Self {
        if let Some(thread) = thread {
            let call = Call::new("create-reply", Method::POST, format!("/stream/threads/{thread}/replies"));
            let call = call.body(json!({"content": new_content(random)}));
            // The model writes on, whoever reads.
            drop(respond(world, &call, &world.usher.session_token(user)).await);
        }
        let is_deleted = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for _ in 0..DEVICES {
            let random = StdRng::seed_from_u64(random.random());
            let thread = thread.map(str::to_owned);
            writers.spawn(write(Arc::clone(world), random, user.to_owned(), thread, Arc::clone(&is_deleted)));
        }
        Self { world: Arc::clone(world), is_deleted, writers }
    }

    /// Waits until every device has been told. What begins from now on must be refused.
    pub(crate) async fn end(mut self) {
        self.is_deleted.store(true, Ordering::SeqCst);
        while let Some(ended) = self.writers.join_next().await {
            if let Err(error) = ended {
                self.world.report.broken("no user fails", format!("{error}"));
            }
        }
    }
}

async fn write(
    world: Arc<World>,
    mut random: StdRng,
    user: String,
    thread: Option<String>,
    is_deleted: Arc<AtomicBool>,
) {
    loop {
        let was_deleted = is_deleted.load(Ordering::SeqCst);
        let call = match &thread {
            Some(thread) => Call::new("create-message", Method::POST, format!("/threads/{thread}/messages"))
                .body(json!({"content": new_content(&mut random)})),
            None => Call::new("create-thread", Method::POST, "/threads").body(json!({})),
        };
        let call = call.key(Uuid::now_v7().to_string());
        let Some(got) = send(&world, &mut random, &user, &call).await else { return };
        world.report.count(CHECKS, "writes that race a deletion");
        match got.outcome() {
            (201, _) if !was_deleted => {}
            (401, "user-deleted") => return,
            (404, "not-found") if thread.is_some() => return,
            _ => {
                check::expect(&world, &user, &call, 401, got);
                return;
            }
        }
    }
}
