//! The resident memory of the functions and of this process, which has the emulators, the proxy and the users.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::world::World;

const EVERY: Duration = Duration::from_secs(5);
/// What a process has in memory at this age is compared with the end. A shorter soak takes a sixth of its length.
const SETTLED: Duration = Duration::from_secs(5 * 60);
/// The bound for the growth of a function after that age, in KB.
const FUNCTION_BOUND_KB: u64 = 4 * 1024;
/// The bound for the growth of this process, in KB. It keeps what the living users remember, and the last thousand
/// webhooks and requests to the model.
const OWN_BOUND_KB: u64 = 64 * 1024;

/// What was measured.
#[derive(Default)]
pub(crate) struct Memory {
    processes: Mutex<BTreeMap<u32, Process>>,
}

struct Process {
    name: String,
    first: Instant,
    last: Instant,
    /// The memory when it was settled, in KB, and its age then.
    settled: Option<(u64, Duration)>,
    last_kb: u64,
    most_kb: u64,
}

/// Measures every process again and again.
pub(crate) async fn sample(world: Arc<World>) {
    loop {
        let settled = SETTLED.min(world.length / 6);
        for function in &world.functions {
            for process in world.usher.processes(function) {
                world.memory.add(function, process, settled);
            }
        }
        world.memory.add(OWN, std::process::id(), settled);
        tokio::time::sleep(EVERY).await;
    }
}

const OWN: &str = "emulators, proxy and users";

impl Memory {
    fn add(&self, name: &str, id: u32, settled: Duration) {
        let Some(kb) = resident_kb(id) else { return };
        let now = Instant::now();
        let mut processes = self.processes.lock().unwrap();
        // The id may be of an earlier process of another function.
        if processes.get(&id).is_some_and(|process| process.name != name) {
            processes.remove(&id);
        }
        let process = processes.entry(id).or_insert_with(|| Process {
            name: name.to_owned(),
            first: now,
            last: now,
            settled: None,
            last_kb: kb,
            most_kb: kb,
        });
        (process.last, process.last_kb, process.most_kb) = (now, kb, process.most_kb.max(kb));
        let age = now - process.first;
        if process.settled.is_none() && age >= settled {
            process.settled = Some((kb, age));
        }
    }

    /// Compares the end with the settled state.
    pub(crate) fn check(&self, world: &World) {
        for process in self.processes.lock().unwrap().values() {
            let Some((settled_kb, _)) = process.settled else { continue };
            let bound = if process.name == OWN { OWN_BOUND_KB } else { FUNCTION_BOUND_KB };
            let growth = process.last_kb.saturating_sub(settled_kb);
            if growth > bound {
                let detail = format!("{} has grown from {settled_kb} to {} KB", process.name, process.last_kb);
                world.report.broken("memory does not grow", detail);
            }
        }
    }

    pub(crate) fn print(&self) {
        println!("\nresident memory in MB of the process of each function that lived longest:");
        println!("function | processes seen | its age in s | when settled | at the end | at most, of all");
        let mut by_name: BTreeMap<String, Vec<&Process>> = BTreeMap::new();
        let processes = self.processes.lock().unwrap();
        for process in processes.values() {
            by_name.entry(process.name.clone()).or_default().push(process);
        }
        let mb = |kb: u64| format!("{:.1}", kb as f64 / 1024.0);
        for (name, processes) in by_name {
            let oldest = processes.iter().max_by_key(|process| process.last - process.first).unwrap();
            let most = processes.iter().map(|process| process.most_kb).max().unwrap_or_default();
            let settled =
                oldest.settled.map_or("-".to_owned(), |(kb, age)| format!("{} ({} s)", mb(kb), age.as_secs()));
            let age = (oldest.last - oldest.first).as_secs();
            println!("{name} | {} | {age} | {settled} | {} | {}", processes.len(), mb(oldest.last_kb), mb(most));
        }
    }
}

/// The resident memory of this process in MB.
pub(crate) fn own_mb() -> u64 {
    resident_kb(std::process::id()).unwrap_or_default() / 1024
}

/// The resident memory of a process. `None` if it has ended.
fn resident_kb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    // A process that is still the script has not begun.
    let name = status.lines().next()?.strip_prefix("Name:")?.trim();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    (name != "sh" && name != "env").then(|| line.trim().trim_end_matches("kB").trim().parse().ok()).flatten()
}
