//! Ties: an import at Clerk may give thousands of users the same `created_at`.

use std::time::Duration;

use clerk_emulator::InjectedFault;
use futures_util::future::join;
use harness::{Usher, eventually, now_ms, text};
use serde_json::json;

use super::{import_request, nonzero_counts, reconcile, start_stack};

/// The size of the largest checkpoint in bytes.
async fn max_checkpoint_bytes(usher: &Usher) -> usize {
    let rows = usher.scan().await;
    let states = rows.iter().filter(|row| text(row, "pk").starts_with("CHECKPOINT#"));
    states.map(|row| text(row, "state").len()).max().unwrap_or_default()
}

#[tokio::test]
async fn ties_are_counted_exactly_with_a_small_checkpoint() {
    // A run reserves the last 20 s of an invocation for the current page.
    let usher = start_stack(|options| {
        options.timeouts.insert("reconcile-users".to_owned(), Duration::from_millis(20_400));
    })
    .await;
    let imported = now_ms() - 60_000;
    usher.clerk().add_users_created_at(imported, 6_000);
    usher.clerk().add_users_created_at(imported + 1, 10);
    let mut largest = 0;
    let report = loop {
        let report = reconcile(&usher, json!({})).await;
        largest = largest.max(max_checkpoint_bytes(&usher).await);
        if report["outcome"] != "unfinished" {
            break report;
        }
    };
    assert_eq!(
        (&report["outcome"], nonzero_counts(&report)),
        (&json!("finished"), json!({"at_clerk": 6010, "created": 6010}))
    );
    assert!((1..4096).contains(&largest), "{largest} bytes");
}

#[tokio::test]
async fn deletions_among_ties_hide_no_other_user() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users_created_at(now_ms() - 60_000, 900);
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(30)));
    let remove = async {
        for page in 1..=6 {
            let begun = async || (usher.clerk().count_requests("GET", "/v1/users") >= page).then_some(());
            eventually("another page", begun).await;
            // Also remove users that were read last.
            for user in users[page * 60..page * 60 + 9].iter().chain(&users[page * 90..page * 90 + 15]) {
                usher.clerk().remove_user(user);
            }
        }
    };
    let (report, ()) = join(reconcile(&usher, import_request()), remove).await;
    assert_eq!(report["outcome"], "finished");
    let left: Vec<_> = users.iter().filter(|user| usher.clerk().user_object(user).is_some()).collect();
    assert!((700..800).contains(&left.len()), "{}", left.len());
    for user in left {
        assert!(usher.row(user).await.is_some(), "{user} was lost; {report}");
    }
}
