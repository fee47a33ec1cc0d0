//! Ten thousand changes while everything fails: in the end every open client shows what the table holds.
//!
//! Twenty clients of five users read when they are told to. Meanwhile sockets are cut, the notifier is killed in the
//! middle of its messages, and its records are delivered again in another order. DynamoDB's stream delivers the records
//! of different rows in any order, which the local stack does too.

mod client;

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use harness::{Usher, eventually, new_user_id, now_ms, user_object};
use rand::{RngExt as _, seq::SliceRandom as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use usher_contract::{ClerkUserId, ThreadId, Title};
use usher_store::{IfMatch, MergePatch, Store};

use self::client::{Client, User};
use super::record;

const USERS: usize = 5;
const CLIENTS_OF_A_USER: usize = 4;
/// Each round has a table of its own, because the embedded DynamoDB scans the whole stream at each write.
const ROUNDS: usize = 5;
/// The changes of the settings of one user, and of the title of its thread, in each round.
const CHANGES: usize = 200;
/// The maximum number of disturbances in each round. Without it, a slow machine would spend its time on them.
const DISTURBANCES: usize = 200;

/// Changes the settings and the title of a user's thread, each `CHANGES` times. Writes with the store itself, because
/// the functions would take minutes for as many requests.
async fn write(store: &Store, user: &User) {
    let id = ClerkUserId::parse(&user.id).unwrap();
    let settings = async {
        for number in 1..=CHANGES {
            let Value::Object(patch) = json!({ "n": number }) else { unreachable!() };
            store.update_settings(&id, &MergePatch::from(patch), &IfMatch::Any).await.unwrap();
        }
    };
    let titles = async {
        for number in 1..=CHANGES {
            let title = Title::try_from(number.to_string()).unwrap();
            store.update_thread(&id, user.thread, Some(title)).await.unwrap();
        }
    };
    futures_util::join!(settings, titles);
}

/// Cuts sockets, kills the notifier and delivers records again, until the writers are done.
async fn disturb(usher: &Usher, users: &[User], done: &AtomicBool) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let mut random = rand::rng();
    for _ in 0..DISTURBANCES {
        if done.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut count = |what| *counts.entry(what).or_default() += 1;
        let connections = usher.stack().connections();
        if let Some(connection) = connections.get(random.random_range(0..connections.len().max(1))) {
            usher.stack().cut_connection(connection);
            count("sockets cut");
        }
        if random.random_bool(0.2) {
            for process in usher.processes("notify-changes") {
                // It may have ended by itself.
                Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
                count("notifiers killed");
            }
        }
        let mut records: Vec<_> = users.iter().flat_map(records_of).collect();
        records.shuffle(&mut random);
        // It fails if the process is killed meanwhile.
        drop(usher.invoke("notify-changes", json!({ "Records": records }).to_string()).await);
        count("batches repeated");
    }
    counts
}

/// Records of the rows that change, as the stream delivers them.
fn records_of(user: &User) -> Vec<Value> {
    vec![record(&user.id, "SETTINGS".into(), 1), record(&user.id, format!("THREAD#{}", user.thread), 1)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_changes_reach_every_open_client() {
    for _ in 0..ROUNDS {
        change_and_converge().await;
    }
    assert_eq!(ROUNDS * USERS * 2 * CHANGES, 10_000);
}

async fn change_and_converge() {
    let usher = Arc::new(Usher::with_options(|_| {}).await);
    let dynamodb = local::dynamodb::client(usher.stack().dynamodb_url()).await;
    let store = Store::new(dynamodb, usher.stack().table_name());
    let mut users = Vec::new();
    for _ in 0..USERS {
        let id = new_user_id();
        usher.deliver_user_created(&id).await;
        let thread = usher.call_as(&id, Method::POST, "/threads", json!({})).await.expect_created();
        users.push(User { id, thread: ThreadId::parse(thread["id"].as_str().unwrap()).unwrap() });
    }
    let clients: Vec<Vec<Arc<Client>>> =
        users.iter().map(|_| (0..CLIENTS_OF_A_USER).map(|_| Arc::default()).collect()).collect();
    // Aborted at the end of the round.
    let mut tasks = JoinSet::new();
    for (user, clients) in users.iter().zip(&clients) {
        for client in clients {
            let (client, usher, user) = (Arc::clone(client), Arc::clone(&usher), user.clone());
            tasks.spawn(async move { client.run(&usher, &user).await });
        }
    }
    let all = || clients.iter().flatten();
    let connected = async || all().all(|client| client.is_connected.load(Ordering::SeqCst)).then_some(());
    eventually("twenty connections", connected).await;

    let done = AtomicBool::new(false);
    let writing = async {
        join_all(users.iter().map(|user| write(&store, user))).await;
        done.store(true, Ordering::SeqCst);
    };
    let ((), disturbed) = futures_util::future::join(writing, disturb(&usher, &users, &done)).await;
    let converged = async || all().all(|client| client.shows(CHANGES)).then_some(());
    eventually("every client shows the last change", converged).await;
    let connects: usize = all().map(|client| *client.connects.lock().unwrap()).sum();
    let disturbed: Vec<_> = disturbed.iter().map(|(what, count)| format!("{count} {what}")).collect();
    println!("{} changes, {}, {connects} connects, 0 missed", 2 * USERS * CHANGES, disturbed.join(", "));
    assert!(connects > 2 * USERS * CLIENTS_OF_A_USER, "too few sockets were cut: {connects}");

    // Ada goes, Bob is banned, and Eve signs out. The others stay.
    let [ada, bob, eve, ..] = &users[..] else { panic!("expected five users") };
    usher.deliver_user_deleted(&ada.id).await;
    let now = now_ms() + 1;
    let banned = user_object(&bob.id, now).replace(r#""banned":false"#, r#""banned":true"#);
    usher.deliver(usher.event("user.updated", &banned, now)).await.assert_outcome("updated");
    let session = json!({"id": eve.id.replace("user_", "sess_"), "user_id": eve.id}).to_string();
    usher.deliver(usher.event("session.revoked", &session, now_ms())).await.assert_outcome("ended");
    let ended = async || {
        let reasons: Vec<_> = all().map(|client| client.closed.lock().unwrap().clone().unwrap_or_default()).collect();
        let expected = ["user-deleted", "user-banned", "session-ended", "", ""];
        let of_user = reasons.chunks(CLIENTS_OF_A_USER).zip(expected);
        let is_expected = of_user.clone().all(|(reasons, expected)| reasons.iter().all(|reason| reason == expected));
        (is_expected && usher.stack().connections().len() == 2 * CLIENTS_OF_A_USER).then_some(())
    };
    eventually("the end of the connections of three users", ended).await;
}
