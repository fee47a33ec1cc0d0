//! What goes wrong: processes, the store, Clerk, its webhooks, and clocks.

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use clerk_emulator::{InjectedFault, WebhookDelivery};
use harness::CallFault;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    clocks::OFF_BY,
    report::{KILLS, OTHER_TROUBLE, STORE_FAULTS},
    world::World,
};

/// The share of calls to the store that fail outside of a period.
const SINGLE_FAULTS: f64 = 0.015;
/// The faults of single calls, and how often each is chosen.
const FAULTS: [(Fault, u32); 8] = [
    (Fault::Call(CallFault::Throttled), 4),
    (Fault::Call(CallFault::ThroughputExceeded), 4),
    (Fault::Call(CallFault::ServerError), 3),
    (Fault::Call(CallFault::Unavailable), 2),
    (Fault::Call(CallFault::Cut), 3),
    (Fault::Call(CallFault::LostAnswer), 5),
    (Fault::Call(CallFault::Silent), 1),
    (Fault::KilledCaller, 4),
];

#[derive(Clone, Copy)]
enum Fault {
    Call(CallFault),
    /// The call is carried out, and the processes of the function are killed before the answer.
    KilledCaller,
}

/// What happens to the store at the moment.
#[derive(Default)]
struct Period(Mutex<Option<CallFault>>);

/// The troubles that go on.
pub(crate) struct Troubles {
    tasks: JoinSet<()>,
    period: Arc<Period>,
}

/// Begins all troubles.
pub(crate) fn start(world: &Arc<World>, random: &mut StdRng) -> Troubles {
    let mut seed = || StdRng::seed_from_u64(random.random());
    let period = Arc::new(Period::default());
    choose_store_faults(world, seed(), Arc::clone(&period));
    let mut tasks = JoinSet::new();
    tasks.spawn(kill(Arc::clone(world), seed()));
    tasks.spawn(disturb_store(Arc::clone(world), seed(), Arc::clone(&period)));
    tasks.spawn(disturb_clerk(Arc::clone(world), seed()));
    tasks.spawn(disturb_webhooks(Arc::clone(world), seed()));
    tasks.spawn(disturb_clocks(Arc::clone(world), seed()));
    tasks.spawn(run_schedules(Arc::clone(world)));
    Troubles { tasks, period }
}

/// Ends all troubles, and what they have left behind.
pub(crate) async fn end(world: &World, troubles: Troubles) {
    let Troubles { mut tasks, period } = troubles;
    while let Some(ended) = tasks.try_join_next() {
        if let Err(error) = ended {
            world.report.broken("no trouble fails", format!("{error}"));
        }
    }
    tasks.shutdown().await;
    *period.0.lock().unwrap() = None;
    world.usher.clerk().clear_faults();
    world.usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
    for function in &world.functions {
        world.clocks.set_right(function);
    }
    // A process may be starting, so one look is not enough.
    for _ in 0..5 {
        kill_left_over(world);
        sleep(Duration::from_secs(1)).await;
    }
}

async fn pause(random: &mut StdRng, seconds: std::ops::Range<f64>) {
    sleep(Duration::from_secs_f64(random.random_range(seconds))).await;
}

fn kill_processes(world: &World, function: &str, chosen: impl Fn(u32) -> bool) {
    world
        .usher
        .processes(function)
        .into_iter()
        .filter(|id| chosen(*id))
        .for_each(|id| kill_process(world, function, id));
}

fn kill_process(world: &World, function: &str, process: u32) {
    // It may have ended by itself.
    if Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success() {
        world.report.count(KILLS, function);
    }
}

/// Kills the processes that still have a wrong clock.
fn kill_left_over(world: &World) {
    world.clocks.left_over().iter().for_each(|(function, process)| kill_process(world, function, *process));
}

fn any_unspared(world: &World, random: &mut StdRng) -> String {
    let unspared: Vec<_> = world.functions.iter().filter(|function| !world.spared.contains(*function)).collect();
    unspared[random.random_range(0..unspared.len())].clone()
}

/// Kills one process after the other.
async fn kill(world: Arc<World>, mut random: StdRng) {
    loop {
        pause(&mut random, 0.3..1.5).await;
        kill_left_over(&world);
        let function = any_unspared(&world, &mut random);
        let processes = world.usher.processes(&function);
        if !processes.is_empty() {
            let chosen = processes[random.random_range(0..processes.len())];
            kill_processes(&world, &function, |process| process == chosen);
        }
    }
}

/// Chooses a fault for some of the calls, and in a period for most of them.
fn choose_store_faults(world: &Arc<World>, random: StdRng, period: Arc<Period>) {
    let (of_world, random) = (Arc::downgrade(world), Mutex::new(random));
    world.proxy.choose_faults(move |function, operation| {
        let world = of_world.upgrade().filter(|world| !world.is_calm())?;
        let mut random = random.lock().unwrap();
        let in_period = *period.0.lock().unwrap();
        let fault = match in_period {
            Some(fault) => random.random_bool(0.7).then_some(Fault::Call(fault)),
            None => random.random_bool(SINGLE_FAULTS).then(|| single(&mut random)),
        }?;
        let (name, fault) = match fault {
            Fault::Call(fault) => (name(fault), fault),
            Fault::KilledCaller if world.spared.contains(function) => return None,
            Fault::KilledCaller => {
                let (world, function) = (Arc::clone(&world), function.to_owned());
                // The proxy does not know which process calls, so half of them are killed.
                let rest = random.random_range(0..2);
                // After the call was carried out, or just before.
                tokio::spawn(async move {
                    sleep(Duration::from_millis(20)).await;
                    kill_processes(&world, &function, |process| process % 2 == rest);
                });
                ("carried out, its caller killed", CallFault::LateAnswer(Duration::from_millis(40)))
            }
        };
        world.report.count(STORE_FAULTS, name);
        let kind = if operation.starts_with("Transact") || operation.ends_with("Item") { "writes" } else { "reads" };
        world.report.count(FAULTY_CALLS, kind);
        Some(fault)
    });
}

const FAULTY_CALLS: &str = "calls of the store with a fault";

fn single(random: &mut StdRng) -> Fault {
    let mut number = random.random_range(0..FAULTS.iter().map(|(_, weight)| weight).sum());
    for (fault, weight) in FAULTS {
        if number < weight {
            return fault;
        }
        number -= weight;
    }
    Fault::KilledCaller
}

fn name(fault: CallFault) -> &'static str {
    match fault {
        CallFault::Throttled => "ThrottlingException",
        CallFault::ThroughputExceeded => "ProvisionedThroughputExceededException",
        CallFault::ServerError => "500",
        CallFault::Unavailable => "503",
        CallFault::Cut => "connection closed before",
        CallFault::LostAnswer => "carried out, connection closed",
        CallFault::Silent => "carried out, no answer",
        CallFault::LateAnswer(_) => "carried out, late answer",
    }
}

/// Lets the store fail for some seconds.
async fn disturb_store(world: Arc<World>, mut random: StdRng, period: Arc<Period>) {
    const KINDS: [CallFault; 6] = [
        CallFault::Throttled,
        CallFault::ThroughputExceeded,
        CallFault::Unavailable,
        CallFault::Cut,
        CallFault::LostAnswer,
        CallFault::Silent,
    ];
    loop {
        pause(&mut random, 8.0..25.0).await;
        let kind = KINDS[random.random_range(0..KINDS.len())];
        *period.0.lock().unwrap() = Some(kind);
        world.report.count(OTHER_TROUBLE, format!("a period of the store: {}", name(kind)));
        pause(&mut random, 1.0..7.0).await;
        *period.0.lock().unwrap() = None;
    }
}

/// Lets Clerk's Backend API and its keys fail for some seconds.
async fn disturb_clerk(world: Arc<World>, mut random: StdRng) {
    let clerk = world.usher.clerk();
    loop {
        pause(&mut random, 8.0..30.0).await;
        let (name, fault) = match random.random_range(0..5) {
            0 => ("down", InjectedFault::unavailable()),
            1 => ("429", InjectedFault::rate_limited(random.random_range(0..3))),
            2 => ("silent", InjectedFault::NoResponse),
            3 => ("late", InjectedFault::Delay(Duration::from_millis(random.random_range(100..6_000)))),
            _ => ("its answers lost", InjectedFault::LostResponse),
        };
        let paths: &[&str] = match random.random_range(0..3) {
            0 => &["/v1/"],
            1 => &["/.well-known/"],
            _ => &["/v1/", "/.well-known/"],
        };
        for path in paths {
            for method in ["GET", "DELETE"] {
                clerk.inject_fault(method, path, fault.clone());
            }
        }
        world.report.count(OTHER_TROUBLE, format!("a period of Clerk: {} {name}", paths.join(" ")));
        pause(&mut random, 2.0..12.0).await;
        clerk.clear_faults();
    }
}

/// Lets webhooks come late and in another order, and some again.
async fn disturb_webhooks(world: Arc<World>, mut random: StdRng) {
    let usher = &world.usher;
    loop {
        pause(&mut random, 2.0..10.0).await;
        usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
        pause(&mut random, 1.0..8.0).await;
        let mut held = deliveries(&world, 500).await;
        held.retain(|delivery| delivery["state"] == "held");
        let mut held: Vec<Value> = held.into_iter().map(|delivery| delivery["id"].clone()).collect();
        held.shuffle(&mut random);
        let number = held.len();
        if number > 0 {
            usher.control(Method::POST, "deliveries/send", json!({ "ids": held })).await;
            world.report.count(OTHER_TROUBLE, format!("webhooks held and shuffled: {:>3}", number.next_power_of_two()));
        }
        usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
        for delivery in deliveries(&world, 100).await {
            if random.random_bool(0.1) {
                let path = format!("deliveries/{}/send", delivery["id"].as_str().unwrap());
                usher.try_control(Method::POST, &path, &json!({})).await;
                world.report.count(OTHER_TROUBLE, "webhooks sent again");
            }
        }
    }
}

/// The newest webhooks.
pub(crate) async fn deliveries(world: &World, limit: usize) -> Vec<Value> {
    let page = world.usher.control(Method::GET, &format!("deliveries?limit={limit}"), Value::Null).await;
    page["data"].as_array().unwrap().clone()
}

/// Lets the processes of a function have a clock that is five minutes off, for some seconds.
async fn disturb_clocks(world: Arc<World>, mut random: StdRng) {
    loop {
        pause(&mut random, 3.0..15.0).await;
        let function = any_unspared(&world, &mut random);
        let is_ahead = random.random_bool(0.5);
        // A lease of a clock that is ahead ends five minutes late, and the checks would wait for it.
        let ends_soon = world.started.elapsed() + Duration::from_secs(6 * 60) > world.length;
        if ends_soon && is_ahead && HAS_LEASES.contains(&function.as_str()) {
            continue;
        }
        if world.clocks.set_off(&function, if is_ahead { OFF_BY } else { -OFF_BY }) {
            let direction = if is_ahead { "ahead" } else { "behind" };
            world.report.count(OTHER_TROUBLE, format!("a clock 5 minutes {direction}"));
            // So that a process with the wrong clock takes the next request.
            kill_processes(&world, &function, |_| true);
        }
        pause(&mut random, 2.0..8.0).await;
        world.clocks.set_right(&function);
    }
}

/// The functions that lease what they work on.
const HAS_LEASES: [&str; 4] = ["create-reply", "purge-deletions", "reconcile-users", "live-default"];

/// Runs the purge and the comparison with Clerk more often than their schedules do.
async fn run_schedules(world: Arc<World>) {
    for turn in 1_u32.. {
        sleep(Duration::from_secs(10)).await;
        let (function, event) = if turn.is_multiple_of(6) {
            ("reconcile-users", json!({"dry_run": false}))
        } else {
            ("purge-deletions", json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}))
        };
        let ended = world.usher.invoke(function, event.to_string()).await;
        let outcome = if ended.is_ok() { "ended" } else { "failed" };
        world.report.count(OTHER_TROUBLE, format!("{function} invoked, {outcome}"));
    }
}
