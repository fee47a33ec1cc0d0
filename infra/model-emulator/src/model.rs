//! The handle on the emulator.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, routing::post};
use tokio::sync::watch;

use crate::{
    chat, control_api,
    request::Request,
    script::{Pace, Script},
};

/// The maximum number of requests that are remembered.
const MAX_REQUESTS: usize = 1_000;

/// A running emulator. Clones share it.
#[derive(Debug, Clone)]
pub struct Model {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pace: Pace,
    scripts: Mutex<BTreeMap<String, Script>>,
    requests: watch::Sender<Vec<Request>>,
}

impl Model {
    /// Makes an emulator that repeats at this pace what users write.
    pub fn new(pace: Pace) -> Self {
        let shared = Shared { pace, scripts: Mutex::default(), requests: watch::Sender::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Sets the script for the requests whose last message of the user contains this marker. The first marker in
    /// alphabetical order applies.
    pub fn set_script(&self, marker: &str, script: Script) {
        self.scripts().insert(marker.to_owned(), script);
    }

    /// Removes a script. Returns whether it was there.
    pub fn remove_script(&self, marker: &str) -> bool {
        self.scripts().remove(marker).is_some()
    }

    /// Returns the requests whose last message of the user contains this marker, the oldest first.
    pub fn requests(&self, marker: &str) -> Vec<Request> {
        with_marker(&self.shared.requests.borrow(), marker)
    }

    /// Waits for the request number `number` with this marker, from 1 on.
    pub async fn request(&self, marker: &str, number: usize) -> Option<Request> {
        let mut requests = self.shared.requests.subscribe();
        let found = requests.wait_for(|requests| with_marker(requests, marker).len() >= number).await.ok()?;
        with_marker(&found, marker).into_iter().nth(number.checked_sub(1)?)
    }

    /// Returns the routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/chat/completions", post(chat::complete))
            .merge(control_api::router())
            .with_state(self.clone())
    }

    /// Records a request, and returns its script.
    pub(crate) fn receive(&self, request: &Request) -> Script {
        let script = {
            let scripts = self.scripts();
            let found = scripts.iter().find(|(marker, _)| request.prompt().contains(*marker));
            found.map(|(_, script)| script.clone()).unwrap_or_default()
        };
        // Told only now: a test that waits for the request may set another script for the next one.
        self.shared.requests.send_modify(|requests| {
            if requests.len() == MAX_REQUESTS {
                requests.remove(0);
            }
            requests.push(request.clone());
        });
        script
    }

    pub(crate) fn pace(&self) -> Pace {
        self.shared.pace
    }

    fn scripts(&self) -> MutexGuard<'_, BTreeMap<String, Script>> {
        self.shared.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_marker(requests: &[Request], marker: &str) -> Vec<Request> {
    requests.iter().filter(|request| request.prompt().contains(marker)).cloned().collect()
}
