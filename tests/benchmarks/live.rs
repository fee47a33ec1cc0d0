//! Measures the time from the answer to a write until every connection has heard of the change.
//!
//! `cargo bench --workspace --profile dev --bench live` measures 1, 100 and 1,000 open sockets of users with 10 each, and
//! one user whose 50 sockets all hear of each change. The whole stack runs on this machine with debug functions, so the
//! ratios say more than the times.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::{LiveSocket, Usher, new_user_id};
use reqwest::Method;
use serde_json::json;

/// The number of changes of each measurement.
const CHANGES: usize = 40;
/// The number of sockets of each user, unless there are fewer in all.
const SOCKETS_OF_A_USER: usize = 10;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let usher = Usher::with_options(|_| {}).await;
        println!("open sockets | told of a change | first, median | first, 95 % | all, median | all, 95 %");
        for (sockets, told) in [(1, 1), (100, SOCKETS_OF_A_USER), (1000, SOCKETS_OF_A_USER), (50, 50)] {
            measure(&usher, sockets, told).await;
        }
    });
}

/// Opens sockets, of which `told` belong to the user who writes.
async fn measure(usher: &Usher, sockets: usize, told: usize) {
    let mut writer = None;
    let mut others = Vec::new();
    for first in (0..sockets).step_by(told) {
        let user = new_user_id();
        usher.deliver_user_created(&user).await;
        let mut of_user = Vec::new();
        for _ in first..(first + told).min(sockets) {
            of_user.push(usher.connect_live(&user).await);
        }
        match writer {
            None => writer = Some((user, of_user)),
            Some(_) => others.push(of_user),
        }
    }
    let (user, mut of_user) = writer.unwrap();
    assert_eq!(of_user.len() + others.iter().map(Vec::len).sum::<usize>(), sockets);
    let (mut firsts, mut alls) = (Vec::new(), Vec::new());
    for _ in 0..CHANGES {
        let answer = usher.call_as(&user, Method::POST, "/threads", json!({})).await;
        let written = Instant::now();
        let thread = answer.expect_created()["id"].as_str().unwrap().to_owned();
        let told = of_user.iter_mut().map(async |socket| {
            heard(socket, &thread).await;
            written.elapsed()
        });
        let times = join_all(told).await;
        firsts.push(*times.iter().min().unwrap());
        alls.push(*times.iter().max().unwrap());
    }
    firsts.sort_unstable();
    alls.sort_unstable();
    let [first, first_95, all, all_95] =
        [(&firsts, 50), (&firsts, 95), (&alls, 50), (&alls, 95)].map(|(times, share)| percentile(times, share));
    println!("{sockets} | {told} | {first} | {first_95} | {all} | {all_95}");
}

/// Waits until a socket hears of a thread.
async fn heard(socket: &mut LiveSocket, thread: &str) {
    let key = json!(format!("threads/{thread}"));
    loop {
        let message = socket.next().await.unwrap();
        if message["keys"].as_array().is_some_and(|keys| keys.contains(&key)) {
            return;
        }
    }
}

/// Returns a percentile of sorted times.
fn percentile(times: &[Duration], share: usize) -> String {
    format!("{:.1} ms", times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0)
}
