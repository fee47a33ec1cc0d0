//! What everything shares: the running stack, the report, and what is wrong at the moment.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{FaultProxy, Usher, binaries};
use local::Schedules;
use model_emulator::Pace;
use rand::{rngs::StdRng, seq::IndexedRandom as _};
use reqwest::Client;
use tempfile::TempDir;

use crate::{clocks::Clocks, memory::Memory, report::Report};

/// The pause before each word of a reply, so that a kill finds replies that are being written.
const PACE: Pace = Pace::Milliseconds(15);

/// The number of functions whose processes are never killed.
const SPARED: usize = 8;
/// A soak that is shorter does not wait for the minute after which a deletion is closed.
const SHORT: Duration = Duration::from_secs(2 * 60);

/// The stack and what is known about it.
pub(crate) struct World {
    pub(crate) usher: Usher,
    pub(crate) proxy: FaultProxy,
    pub(crate) http: Client,
    pub(crate) report: Report,
    pub(crate) clocks: Clocks,
    pub(crate) memory: Memory,
    pub(crate) started: Instant,
    pub(crate) length: Duration,
    /// The names of all functions.
    pub(crate) functions: Vec<String>,
    /// The functions whose processes are never killed, so that their memory can be followed.
    pub(crate) spared: BTreeSet<String>,
    /// The users whose deletion was acknowledged or seen.
    pub(crate) deleted: Mutex<BTreeSet<String>>,
    is_stopping: AtomicBool,
    is_calm: AtomicBool,
    /// The binaries as the emulator starts them.
    _wrappers: TempDir,
}

impl World {
    /// Starts a stack in front of the database at `endpoint`.
    pub(crate) async fn start(endpoint: String, random: &mut StdRng, length: Duration) -> Arc<Self> {
        let proxy = FaultProxy::in_front_of(endpoint).await;
        let template = local::template::Template::load(&local::find_template()).unwrap();
        let functions: Vec<String> = template.functions.iter().map(|function| function.name.clone()).collect();
        let spared = functions.sample(random, SPARED).cloned().collect();
        let wrappers = tempfile::tempdir().unwrap();
        let clocks = Clocks::new(wrappers.path(), binaries(), &functions);
        let usher = Usher::with_options(|options| {
            options.storage = proxy.storage();
            options.binaries = wrappers.path().to_owned();
            options.endless_stream_retries = true;
            options.schedules = Schedules::Off;
            options.model_pace = PACE;
            if length < SHORT {
                // The embedded engine shows each row at once.
                options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some("1".to_owned()));
            }
        })
        .await;
        Arc::new(Self {
            usher,
            proxy,
            http: Client::builder().no_proxy().build().unwrap(),
            report: Report::default(),
            clocks,
            memory: Memory::default(),
            started: Instant::now(),
            length,
            functions,
            spared,
            deleted: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            is_calm: AtomicBool::new(false),
            _wrappers: wrappers,
        })
    }

    /// Lets every user end after its next action.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Says that nothing is made to fail from now on.
    pub(crate) fn calm_down(&self) {
        self.is_calm.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::SeqCst)
    }
}
