//! A run over twenty thousand users whose process is killed three times. All counts must be exact.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    time::Duration,
};

use futures_util::future::join;
use harness::{Usher, eventually, now_ms, template_without_stream, text, user_row};
use serde_json::json;

use super::{HOUR_MS, import_request, nonzero_counts, reconcile, start_stack};

const USERS: usize = 20_000;

fn process_of_reconcile(usher: &Usher) -> u32 {
    let [process] = usher.processes("reconcile-users")[..] else { panic!("expected one process") };
    process
}

fn kill(process: u32) {
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
}

/// Kills the process and waits for its end, so that the next invocation starts a new one.
async fn kill_and_wait(usher: &Usher) {
    kill(process_of_reconcile(usher));
    let gone = async || usher.processes("reconcile-users").is_empty().then_some(());
    eventually("the end of the process", gone).await;
}

/// The peak memory of a process in KB. Returns `None` on a system without `/proc`.
fn peak_memory_kb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

#[tokio::test]
async fn twenty_thousand_users_are_counted_exactly_despite_kills() {
    let template = template_without_stream();
    let usher = start_stack(|options| {
        options.template = template.path().to_owned();
        options.concurrency = 1;
    })
    .await;
    // The peak memory for a tenth of the users.
    let mut users = usher.clerk().add_users(USERS / 10);
    assert_eq!(nonzero_counts(&reconcile(&usher, json!({})).await)["created"], USERS / 10);
    let small = peak_memory_kb(process_of_reconcile(&usher));
    kill_and_wait(&usher).await;

    users.extend(usher.clerk().add_users(USERS - USERS / 10));
    let row_of = |user: &str, updated_at: i64| user_row(user, updated_at, updated_at);
    let object = |user: &String| usher.clerk().user_object(user).unwrap()["updated_at"].as_i64().unwrap();
    let same: Vec<_> = users[..2_000].iter().map(|user| row_of(user, object(user))).collect();
    let older: Vec<_> = users[2_000..3_500].iter().map(|user| row_of(user, object(user) - 1)).collect();
    let unknown: Vec<_> = (0..30).map(|n| row_of(&format!("user_unknown{n}"), now_ms() - 2 * HOUR_MS)).collect();
    for rows in [same, older, unknown] {
        usher.seed(rows).await;
    }
    for user in &users[3_500..3_510] {
        usher.deliver_user_deleted(user).await;
    }

    usher.clerk().limit_rate(1000, Duration::from_secs(10));
    let before = usher.clerk().count_requests("GET", "/v1/users");
    for requests in [50, 120, 260] {
        let killer = async {
            let begun = async || (usher.clerk().count_requests("GET", "/v1/users") - before >= requests).then_some(());
            eventually("another page", begun).await;
            kill(process_of_reconcile(&usher));
        };
        let (end, ()) = join(usher.invoke("reconcile-users", import_request().to_string()), killer).await;
        end.unwrap_err();
    }
    let report = reconcile(&usher, import_request()).await;
    assert_eq!(report["outcome"], "finished");
    let expected = json!({
        "at_clerk": 20_000, "created": 16_490, "updated": 1_500, "unchanged": 2_000, "deleted_here": 10,
        "here": 20_020, "unknown": 30,
    });
    assert_eq!(nonzero_counts(&report), expected);
    assert_eq!(usher.clerk().count_rate_limited(), 0);

    let mut kept: BTreeMap<String, bool> = BTreeMap::new();
    for row in usher.scan().await.iter().filter(|row| text(row, "sk") == "USER") {
        kept.insert(text(row, "pk").trim_start_matches("USER#").to_owned(), row.contains_key("deleted_at"));
    }
    let unknown = (0..30).map(|n| format!("user_unknown{n}"));
    let all: BTreeSet<String> = users.iter().cloned().chain(unknown).collect();
    assert_eq!(kept.keys().cloned().collect::<BTreeSet<_>>(), all);
    assert_eq!(kept.values().filter(|deleted| **deleted).count(), 10);

    kill_and_wait(&usher).await;
    assert_eq!(nonzero_counts(&reconcile(&usher, json!({})).await)["unchanged"], 19_990);
    if let (Some(small), Some(large)) = (small, peak_memory_kb(process_of_reconcile(&usher))) {
        assert!(large < small + small / 4, "{small} KB for {} users, {large} KB for {USERS}", USERS / 10);
    }
}
