//! What goes wrong with the store.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use harness::CallFault;
use rand::{RngExt as _, rngs::StdRng};
use tokio::time::sleep;

use crate::{
    report::{OTHER_TROUBLE, STORE_FAULTS},
    trouble::processes::{kill_processes, pause},
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
pub(super) struct Period(Mutex<Option<CallFault>>);

/// Chooses a fault for some of the calls, and in a period for most of them.
pub(super) fn choose_store_faults(world: &Arc<World>, random: StdRng, period: Arc<Period>) {
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

impl Period {
    /// Ends the period.
    pub(super) fn end(&self) {
        *self.0.lock().unwrap() = None;
    }
}

/// Lets the store fail for some seconds.
pub(super) async fn disturb_store(world: Arc<World>, mut random: StdRng, period: Arc<Period>) {
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
        period.end();
    }
}
