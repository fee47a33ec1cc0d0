//! What the table's stream wakes the purge for.

use harness::{Usher, eventually, message_rows, thread_row};
use uuid::Uuid;

use crate::caller::Caller;

/// A stack of the test's own, in which no schedule comes, and no deletion settles while the test runs.
async fn stream_only() -> Usher {
    Usher::with_options(|options| {
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some("3600".to_owned()));
        options.schedules = local::Schedules::Off;
    })
    .await
}

/// How the passes over a user's account ended, as the log of the purge tells.
fn passes(usher: &Usher, user_id: &str) -> Vec<String> {
    let lines =
        usher.logs().lines().into_iter().filter(|line| line.starts_with("purge-deletions") && line.contains(user_id));
    let outcome = |line: String| line.split("outcome=").nth(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned());
    lines.filter_map(outcome).collect()
}

async fn with_messages(usher: &Usher, messages: usize) -> String {
    let user = Caller::new(usher).await.id;
    let thread = Uuid::now_v7();
    usher.seed([thread_row(&user, thread)]).await;
    usher.seed(message_rows(&user, thread, messages)).await;
    user
}

/// Deletes an account without rows and waits for its pass: by then, everything before it in the stream was delivered.
async fn stream_is_delivered(usher: &Usher) {
    let last = Caller::new(usher).await.id;
    usher.deliver_user_deleted(&last).await;
    eventually("the last record is delivered", async || (!passes(usher, &last).is_empty()).then_some(())).await;
}

#[tokio::test]
async fn the_purges_own_writes_do_not_wake_it() {
    let usher = stream_only().await;
    let ada = with_messages(&usher, 1_500).await;
    usher.deliver_user_deleted(&ada).await;
    eventually("the account is erased", async || (!passes(&usher, &ada).is_empty()).then_some(())).await;
    stream_is_delivered(&usher).await;
    assert_eq!(passes(&usher, &ada), ["settling"], "one wake-up, one pass");
}

/// A turn of the stream has 10 pages of 400 rows.
#[tokio::test]
async fn a_deletion_of_many_turns_wakes_itself_until_all_is_erased() {
    let usher = stream_only().await;
    let ada = with_messages(&usher, 4_500).await;
    usher.deliver_user_deleted(&ada).await;
    let ends = eventually("the account is erased", async || {
        Some(passes(&usher, &ada)).filter(|passes| passes.last().is_some_and(|end| end == "settling"))
    });
    assert_eq!(ends.await, ["unfinished", "settling"]);
    stream_is_delivered(&usher).await;
    assert_eq!(passes(&usher, &ada).len(), 2);
}
