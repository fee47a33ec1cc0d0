//! What goes wrong with the processes: they are killed, and their clocks are off.

use std::{process::Command, sync::Arc, time::Duration};

use rand::{RngExt as _, rngs::StdRng};
use tokio::time::sleep;

use crate::{
    clocks::OFF_BY,
    report::{KILLS, OTHER_TROUBLE},
    world::World,
};

pub(super) async fn pause(random: &mut StdRng, seconds: std::ops::Range<f64>) {
    sleep(Duration::from_secs_f64(random.random_range(seconds))).await;
}

pub(super) fn kill_processes(world: &World, function: &str, chosen: impl Fn(u32) -> bool) {
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
pub(super) fn kill_left_over(world: &World) {
    world.clocks.left_over().iter().for_each(|(function, process)| kill_process(world, function, *process));
}

fn any_unspared(world: &World, random: &mut StdRng) -> String {
    let unspared: Vec<_> = world.functions.iter().filter(|function| !world.spared.contains(*function)).collect();
    unspared[random.random_range(0..unspared.len())].clone()
}

/// Kills one process after the other.
pub(super) async fn kill(world: Arc<World>, mut random: StdRng) {
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

/// Lets the processes of a function have a clock that is five minutes off, for some seconds.
pub(super) async fn disturb_clocks(world: Arc<World>, mut random: StdRng) {
    loop {
        pause(&mut random, 3.0..15.0).await;
        let function = any_unspared(&world, &mut random);
        let is_ahead = random.random_bool(0.5);
        // With a clock that is ahead, the checks would wait five minutes for them.
        let ends_soon = world.started.elapsed() + Duration::from_secs(6 * 60) > world.length;
        if ends_soon && is_ahead && ARE_WAITED_FOR.contains(&function.as_str()) {
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

/// The functions that lease what they work on, or write when a deletion began: the purge lets a minute pass since then.
const ARE_WAITED_FOR: [&str; 7] = [
    "clerk-webhook",
    "create-reply",
    "delete-current-user",
    "delete-thread",
    "live-default",
    "purge-deletions",
    "reconcile-users",
];
