//! What goes wrong: processes, the store, Clerk, its webhooks, and clocks.

mod clerk;
mod processes;
mod store;

use std::{sync::Arc, time::Duration};

use clerk_emulator::WebhookDelivery;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

pub(crate) use self::clerk::deliveries;
use self::{
    clerk::{disturb_clerk, disturb_webhooks},
    processes::{disturb_clocks, kill, kill_left_over},
    store::{Period, choose_store_faults, disturb_store},
};
use crate::{report::OTHER_TROUBLE, world::World};

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
    period.end();
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
