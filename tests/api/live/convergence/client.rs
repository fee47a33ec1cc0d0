//! A client that shows the settings and the title of a thread, and reads them when it is told to.

use std::{
    collections::BTreeSet,
    mem,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use harness::{LiveSocket, Usher};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use usher_contract::ThreadId;

/// The time for which a client collects keys before it reads. Long, because the functions share two processor cores.
const COALESCED: Duration = Duration::from_millis(400);

/// A user with one thread.
#[derive(Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) thread: ThreadId,
}

/// What a client shows, and why its last connection ended.
#[derive(Default)]
pub(super) struct Client {
    settings: Mutex<Value>,
    title: Mutex<Value>,
    pub(super) is_connected: AtomicBool,
    pub(super) connects: Mutex<usize>,
    pub(super) closed: Mutex<Option<String>>,
}

impl Client {
    /// Connects again and again, until the server says that the user may not.
    pub(super) async fn run(&self, usher: &Usher, user: &User) {
        while self.closed.lock().unwrap().is_none() {
            let token = usher.session_token(&user.id);
            let Ok(mut socket) = usher.dial(&token).await else { continue };
            if socket.try_send(json!({"type": "hello", "token": token}).to_string()).await {
                self.listen(usher, user, &mut socket).await;
            }
            self.is_connected.store(false, Ordering::SeqCst);
        }
    }

    /// Reads what the messages name, until the socket ends.
    async fn listen(&self, usher: &Usher, user: &User, socket: &mut LiveSocket) {
        let mut keys = BTreeSet::new();
        let mut read_at = None;
        loop {
            let next = socket.next_without_limit();
            let message = match read_at {
                None => next.await,
                Some(at) => match timeout_at(at, next).await {
                    Ok(message) => message,
                    Err(_) => {
                        read_at = None;
                        self.read(usher, user, &mem::take(&mut keys)).await;
                        continue;
                    }
                },
            };
            let Some(message) = message else { return };
            match message["type"].as_str().unwrap() {
                "ready" => {
                    self.read(usher, user, &["settings", "threads/"].map(str::to_owned).into()).await;
                    *self.connects.lock().unwrap() += 1;
                    self.is_connected.store(true, Ordering::SeqCst);
                }
                "changed" => {
                    for key in message["keys"].as_array().unwrap() {
                        let key = key.as_str().unwrap();
                        let of_thread = key.strip_prefix("threads/");
                        assert!(of_thread.is_none_or(|id| id == user.thread.to_string()), "{key} is of another user");
                        keys.insert(key.to_owned());
                        read_at.get_or_insert_with(|| Instant::now() + COALESCED);
                    }
                }
                "closed" => {
                    let reason = message["reason"].as_str().unwrap().to_owned();
                    if ["user-deleted", "user-banned", "session-ended"].contains(&reason.as_str()) {
                        *self.closed.lock().unwrap() = Some(reason);
                    }
                    // As the answer to a hello, it is for the client to close.
                    return;
                }
                _ => panic!("{message}"),
            }
        }
    }

    async fn read(&self, usher: &Usher, user: &User, keys: &BTreeSet<String>) {
        let token = usher.session_token(&user.id);
        let field = async |path: &str, name: &str| {
            let answer = usher.get(path, &token).await;
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            answer.status.is_success().then(|| body[name].clone())
        };
        if keys.contains("settings")
            && let Some(number) = field("/settings", "n").await
        {
            *self.settings.lock().unwrap() = number;
        }
        if keys.iter().any(|key| key.starts_with("threads/"))
            && let Some(title) = field(&format!("/threads/{}", user.thread), "title").await
        {
            *self.title.lock().unwrap() = title;
        }
    }

    /// Returns whether the client is connected and shows the change with this number.
    pub(super) fn shows(&self, number: usize) -> bool {
        self.is_connected.load(Ordering::SeqCst)
            && *self.settings.lock().unwrap() == json!(number)
            && *self.title.lock().unwrap() == json!(number.to_string())
    }
}
