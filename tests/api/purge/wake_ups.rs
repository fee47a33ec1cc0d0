//! The records of the table's stream that wake the purge.

use harness::{Usher, eventually, message_rows, thread_row};
use local::Schedules;
use uuid::Uuid;

use crate::caller::Caller;

/// Starts a stack without scheduled runs, in which no deletion settles during the test.
async fn start_without_schedule() -> Usher {
    Usher::with_options(|options| {
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some("3600".to_owned()));
        options.schedules = Schedules::Off;
    })
    .await
}

/// The lines of the purge's log that name an account.
fn log_lines(usher: &Usher, user_id: &str) -> Vec<String> {
    let is_of_account = |line: &String| line.starts_with("purge-deletions") && line.contains(user_id);
    usher.logs().lines().into_iter().filter(is_of_account).collect()
}

/// The outcomes of the passes over an account, read from the log of the purge. A pass that failed has none.
fn pass_outcomes(usher: &Usher, user_id: &str) -> Vec<String> {
    let outcome = |line: String| line.split("outcome=").nth(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned());
    log_lines(usher, user_id).into_iter().filter_map(outcome).collect()
}

/// Returns whether a pass over an account failed.
fn has_failed_pass(usher: &Usher, user_id: &str) -> bool {
    log_lines(usher, user_id).iter().any(|line| line.contains("purge failed"))
}

async fn create_user_with_messages(usher: &Usher, messages: usize) -> String {
    let user = Caller::new(usher).await.id;
    let thread = Uuid::now_v7();
    usher.seed([thread_row(&user, thread)]).await;
    usher.seed(message_rows(&user, thread, messages)).await;
    user
}

/// Deletes an account without rows and waits for its pass. All earlier records of the stream are delivered by then.
async fn drain_stream(usher: &Usher) {
    let last = Caller::new(usher).await.id;
    usher.deliver_user_deleted(&last).await;
    eventually("the last record is delivered", async || (!pass_outcomes(usher, &last).is_empty()).then_some(())).await;
}

#[tokio::test]
async fn the_purges_own_writes_do_not_wake_it() {
    let usher = start_without_schedule().await;
    let ada = create_user_with_messages(&usher, 1_500).await;
    usher.deliver_user_deleted(&ada).await;
    eventually("the account is erased", async || (!pass_outcomes(&usher, &ada).is_empty()).then_some(())).await;
    drain_stream(&usher).await;
    assert_eq!(pass_outcomes(&usher, &ada), ["settling"], "one wake-up causes one pass");
}

/// An invocation by the stream erases up to 10 pages of 400 rows.
///
/// A call to DynamoDB that takes too long on a loaded machine fails its pass. The stream then delivers the record
/// again, and the passes after it have fewer rows to erase. Such a deletion does not show the wake-up, so the test
/// tries another.
#[tokio::test]
async fn a_long_deletion_wakes_itself_until_every_row_is_erased() {
    let usher = start_without_schedule().await;
    for _ in 0..5 {
        let ada = create_user_with_messages(&usher, 4_500).await;
        usher.deliver_user_deleted(&ada).await;
        let is_erased = |passes: &Vec<String>| passes.last().is_some_and(|outcome| outcome == "settling");
        let passes = eventually("the account is erased, or a pass fails", async || {
            Some(pass_outcomes(&usher, &ada)).filter(|passes| is_erased(passes) || has_failed_pass(&usher, &ada))
        });
        let passes = passes.await;
        if has_failed_pass(&usher, &ada) {
            continue;
        }
        assert_eq!(passes, ["unfinished", "settling"], "{}", usher.logs().tail());
        drain_stream(&usher).await;
        assert_eq!(pass_outcomes(&usher, &ada).len(), 2);
        return;
    }
    panic!("a pass of each deletion failed: {}", usher.logs().tail());
}
