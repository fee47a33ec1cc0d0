//! A soak: users who do everything that the API offers, while processes are killed and everything else fails.
//!
//! `cargo bench --workspace --profile dev --bench soak -- 30 1` runs for 30 minutes with the troubles of seed 1. It ends
//! with a report, and with exit code 1 if an invariant is broken. Ctrl-C ends the load early; the checks and the report
//! follow. The seed decides the choices of the users and of the troubles; the times at which they meet depend on the
//! machine. In `cargo test` it runs for half a minute, so that it keeps working.
//!
//! Three parts: `life` is what a user does and remembers, with the requests in `call`; `trouble` is what goes wrong; and
//! `rest` waits for the end of what goes on and compares the table with what the users remember.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

mod arguments;
mod call;
mod check;
mod clocks;
mod database;
mod export;
mod life;
mod live;
mod logs;
mod memory;
mod race;
mod reply;
mod report;
mod rest;
mod table;
mod trouble;
mod user;
mod world;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{signal::ctrl_c, task::JoinSet, time::timeout};

use self::{arguments::Wanted, user::User, world::World};

/// The number of users at a time.
const USERS: usize = 24;
/// The time within which a user must end what it does. A ban or a reply may take as long as all repeats of a webhook or
/// the lease of a dead writer.
const LAST_ACTION: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let Some(wanted) = arguments::read() else { return ExitCode::SUCCESS };
    let Some(endpoint) = database::endpoint() else { return database::host(wanted) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(endpoint, wanted))
}

async fn run(endpoint: String, wanted: Wanted) -> ExitCode {
    let Wanted { minutes, seed } = wanted;
    println!("soak: {minutes} minutes, seed {seed}");
    let length = Duration::from_secs_f64(minutes * 60.0);
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::start(endpoint, &mut random, length).await;
    let background = tokio::spawn(logs::read(Arc::clone(&world)));
    let sampling = tokio::spawn(memory::sample(Arc::clone(&world)));
    let troubles = trouble::start(&world, &mut random);
    let mut users: JoinSet<Vec<User>> = JoinSet::new();
    for _ in 0..USERS {
        users.spawn(life::live_again_and_again(Arc::clone(&world), StdRng::seed_from_u64(random.random())));
    }
    progress_until_end(&world, length).await;

    println!("the load ends; the troubles go on until the last request has been answered");
    world.stop();
    let mut alive = Vec::new();
    let ended = timeout(LAST_ACTION, async {
        while let Some(user) = users.join_next().await {
            match user {
                Ok(remaining) => alive.extend(remaining),
                Err(error) => world.report.broken("no user fails", format!("{error}")),
            }
        }
    });
    if ended.await.is_err() {
        world.report.broken("every request ends", format!("{} users have not ended", users.len()));
    }
    trouble::end(&world, troubles).await;
    rest::check(&world, alive).await;
    sampling.abort();
    background.abort();
    logs::take(&world);
    let is_whole = world.report.print(&world, wanted);
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a line every ten seconds, until the time is over or Ctrl-C is pressed.
async fn progress_until_end(world: &World, length: Duration) {
    let start = Instant::now();
    let mut interrupted = std::pin::pin!(ctrl_c());
    while start.elapsed() < length {
        let pause = Duration::from_secs(10).min(length.saturating_sub(start.elapsed()));
        tokio::select! {
            _ = &mut interrupted => return,
            () = tokio::time::sleep(pause) => {}
        }
        let (seconds, progress, mb) = (start.elapsed().as_secs(), world.report.progress(), memory::own_mb());
        println!("{seconds:>5} s: {progress}, {mb} MB");
    }
}
