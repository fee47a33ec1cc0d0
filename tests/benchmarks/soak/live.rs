//! A socket of live updates, which a user opens again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use harness::LiveSocket;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    report::{ANSWERS, CHECKS},
    world::World,
};

/// The time within which a hello must be answered.
const HELLO: Duration = Duration::from_secs(60);
/// The time within which the socket of a deleted user must be closed. All repeats of the stream may be needed.
const CLOSED: Duration = Duration::from_secs(120);

/// A follower of one user.
pub(crate) struct Follower {
    is_deleted: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Follower {
    pub(crate) fn start(world: &Arc<World>, user: &str) -> Self {
        let is_deleted = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(follow(Arc::clone(world), user.to_owned(), Arc::clone(&is_deleted)));
        Self { is_deleted, task }
    }

    /// Waits until the socket of the user, who was deleted, is closed.
    pub(crate) async fn expect_end(mut self, world: &World, user: &str) {
        self.is_deleted.store(true, Ordering::SeqCst);
        world.report.count(CHECKS, "sockets of deleted users awaited");
        match timeout(CLOSED, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => world.report.broken("no user fails", format!("{error}")),
            Err(_) => {
                world.report.broken("the sockets of deleted users are closed", user.to_owned());
                self.task.abort();
            }
        }
    }

    /// Closes the socket.
    pub(crate) fn leave(self) {
        self.task.abort();
    }
}

async fn follow(world: Arc<World>, user: String, is_deleted: Arc<AtomicBool>) {
    loop {
        // Looked at before the dial: what begins later must be refused.
        let was_deleted = is_deleted.load(Ordering::SeqCst);
        let token = world.usher.session_token(&user);
        match world.usher.dial(&token).await {
            Ok(mut socket) => {
                let hello = json!({"type": "hello", "token": token}).to_string();
                if socket.try_send(hello).await && listen(&world, &user, &mut socket, was_deleted).await {
                    return;
                }
            }
            Err(refused) => world.report.count(ANSWERS, format!("{} handshake", refused.0.as_u16())),
        }
        if was_deleted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Reads messages until the socket ends. Returns whether the user is deleted.
async fn listen(world: &World, user: &str, socket: &mut LiveSocket, was_deleted: bool) -> bool {
    let Ok(mut message) = timeout(HELLO, socket.next_without_limit()).await else {
        world.report.count(ANSWERS, "no answer to a hello");
        return false;
    };
    while let Some(received) = message {
        let kind = received["type"].as_str().unwrap_or("of the gateway");
        let reason = received["reason"].as_str().or(problem(&received)).unwrap_or_default();
        world.report.count(MESSAGES, format!("{kind} {reason}"));
        match kind {
            "ready" if was_deleted => world.report.broken("a deleted user stays deleted", format!("{user} is ready")),
            "closed" => return reason == "user-deleted",
            "error" => {
                if reason.ends_with(":internal") {
                    world.report.broken("no function answers 500", format!("live-default: {received}"));
                }
                return reason.ends_with(":user-deleted");
            }
            "of the gateway" => return false,
            _ => {}
        }
        message = socket.next_without_limit().await;
    }
    false
}

const MESSAGES: &str = "messages of live updates";

fn problem(message: &Value) -> Option<&str> {
    message["problem"]["type"].as_str()
}
