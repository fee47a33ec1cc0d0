//! After the trouble: waits until nothing goes on any more, and checks everything.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use harness::Row;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    call::{FAILURES, LATE},
    check,
    logs::{self, CRASHES, TIMEOUTS},
    table,
    trouble::deliveries,
    user::User,
    world::World,
};

/// The time within which everything must be done: a lease of a clock that is ahead, and the minute for which the purge
/// waits.
const LIMIT: Duration = Duration::from_secs(9 * 60);
const WEBHOOKS: &str = "the latest webhooks by their states";
const ATTEMPTS: &str = "their attempts by status";
/// The pause between two looks at what has to be waited for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn check(world: &Arc<World>, alive: Vec<User>) {
    wait("all webhooks have arrived", world, async || {
        let states = deliveries(world, 500).await;
        states.iter().all(|delivery| !["sending", "held"].contains(&delivery["state"].as_str().unwrap_or_default()))
    })
    .await;
    for delivery in deliveries(world, 500).await {
        world.report.count(WEBHOOKS, delivery["state"].as_str().unwrap_or_default());
        for attempt in delivery["attempts"].as_array().into_iter().flatten() {
            world.report.count(ATTEMPTS, attempt["status"].to_string());
        }
    }
    logs::take(world);
    world.calm_down();
    wait("every deletion is closed", world, async || {
        world.usher.run_schedule("purge-deletions").await;
        !world.usher.scan().await.iter().any(is_pending)
    })
    .await;
    wait("the users are compared with Clerk's", world, async || {
        let report = world.usher.invoke("reconcile-users", json!({"dry_run": false}).to_string()).await.unwrap();
        println!("reconcile-users: {report}");
        report["outcome"] == "finished"
    })
    .await;
    println!("{} users are alive", alive.len());
    let mut random = StdRng::seed_from_u64(0);
    for user in &alive {
        check::all(world, &mut random, user).await;
    }
    table::check(world, &alive).await;
    check_failures(world);
    world.memory.check(world);
}

fn is_pending(row: &Row) -> bool {
    row.contains_key("purge_pending")
}

async fn wait(event: &'static str, world: &World, happened: impl AsyncFn() -> bool) {
    let start = Instant::now();
    println!("waiting until {event}");
    while !happened().await {
        if start.elapsed() > LIMIT {
            return world.report.broken("everything comes to rest", format!("not within {LIMIT:?}: {event}"));
        }
        sleep(LOOK_EVERY).await;
    }
    println!("{event}, after {} s", start.elapsed().as_secs());
}

/// Compares the failures that callers saw with those in the logs.
fn check_failures(world: &World) {
    for function in &world.functions {
        for (answers, causes) in [(FAILURES, CRASHES), (LATE, TIMEOUTS)] {
            let (answers, causes) = (world.report.number(answers, function), world.report.number(causes, function));
            if answers > causes {
                let detail = format!("{function}: {answers} answers of the gateway, {causes} causes in the log");
                world.report.broken("every failed request is explained by a kill", detail);
            }
        }
    }
}
