//! What the reader of the stream has not read yet.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use usher_contract::live::ChangeKey;

use super::{error::LiveError, event::LiveEvent};

/// The time in which changes are collected before the reader gets them, because one write often changes several things.
const COLLECTING_TIME: Duration = Duration::from_millis(25);

/// The maximum number of keys. More become [`ChangeKey::All`], so a reader that never reads costs no more memory.
const MAX_KEYS: usize = 256;

/// The end of the connection: it collects what has happened.
#[derive(Clone)]
pub(super) struct Unread(Arc<watch::Sender<State>>);

/// The end of the reader.
pub(super) struct Reader {
    state: Arc<watch::Sender<State>>,
    news: watch::Receiver<State>,
}

#[derive(Default)]
struct State {
    changed: Option<Changed>,
    disconnected: Option<LiveError>,
    end: Option<LiveError>,
}

struct Changed {
    keys: BTreeSet<ChangeKey>,
    /// When the reader gets the keys.
    due: Instant,
}

/// What the reader can do.
enum Next {
    Yield(Result<LiveEvent, LiveError>),
    WaitUntil(Instant),
    WaitForNews,
}

impl Unread {
    pub(super) fn new() -> (Self, Reader) {
        let (state, news) = watch::channel(State::default());
        let state = Arc::new(state);
        (Self(Arc::clone(&state)), Reader { state, news })
    }

    /// Adds what has changed.
    pub(super) fn changed(&self, keys: impl IntoIterator<Item = ChangeKey>) {
        self.0.send_modify(|state| {
            let due = || Changed { keys: BTreeSet::new(), due: Instant::now() + COLLECTING_TIME };
            let changed = &mut state.changed.get_or_insert_with(due).keys;
            changed.extend(keys);
            if changed.contains(&ChangeKey::All) || changed.len() > MAX_KEYS {
                *changed = BTreeSet::from([ChangeKey::All]);
            }
        });
    }

    /// Notes that there is a connection from now on, so anything may have changed.
    pub(super) fn connected(&self) {
        self.0.send_modify(|state| state.disconnected = None);
        self.changed([ChangeKey::All]);
    }

    /// Notes that there is no connection.
    pub(super) fn disconnected(&self, reason: LiveError) {
        self.0.send_modify(|state| state.disconnected = Some(reason));
    }

    /// Ends the stream.
    pub(super) fn end(&self, reason: LiveError) {
        self.0.send_modify(|state| state.end = Some(reason));
    }

    /// Waits until the reader is dropped.
    pub(super) async fn dropped(&self) {
        self.0.closed().await;
    }
}

impl Reader {
    /// Waits for the next event.
    ///
    /// # Errors
    /// The stream ends for this reason.
    pub(super) async fn next(&mut self) -> Result<LiveEvent, LiveError> {
        loop {
            // Whatever happens from now on wakes this reader.
            self.news.mark_unchanged();
            let until = match self.take() {
                Next::Yield(event) => return event,
                Next::WaitUntil(due) => Some(due),
                Next::WaitForNews => None,
            };
            tokio::select! {
                () = async { sleep_until(until.unwrap_or_else(Instant::now)).await }, if until.is_some() => {}
                // Cannot fail: this reader has a sender.
                _ = self.news.changed() => {}
            }
        }
    }

    /// Takes the next event. What was not read before an end is of no use.
    fn take(&self) -> Next {
        let mut next = Next::WaitForNews;
        self.state.send_if_modified(|state| {
            if let Some(reason) = state.end.take() {
                next = Next::Yield(Err(reason));
            } else if let Some(changed) = state.changed.take_if(|changed| changed.due <= Instant::now()) {
                next = Next::Yield(Ok(LiveEvent::Changed(changed.keys)));
            } else if let Some(changed) = &state.changed {
                next = Next::WaitUntil(changed.due);
            } else if let Some(reason) = state.disconnected.take() {
                next = Next::Yield(Ok(LiveEvent::Disconnected(reason)));
            }
            false
        });
        next
    }
}
