//! Changes that the daily run imports because a webhook was lost.

use harness::{now_ms, user_row};
use serde_json::json;

use super::{HOUR_MS, daily_request, import_request, nonzero_counts, reconcile, start_stack};

#[tokio::test]
async fn the_daily_run_counts_the_changes_that_webhooks_missed() {
    let usher = start_stack(|_| {}).await;
    // The users were created an hour ago, each in its own millisecond.
    let users = usher.clerk().add_users(6);
    let [missing, same, older, fresh, timeless, ahead] = &users[..] else { panic!("expected six users") };
    reconcile(&usher, import_request()).await;
    usher.remove_user_row(missing).await;
    usher.seed([user_row(older, 1, 1)]).await;
    // The webhook of a recent change may still arrive.
    usher.clerk().touch_user(fresh);
    // These objects have no usable `updated_at`, so they are imported in each run.
    for (user, updated_at) in [(timeless, json!(null)), (ahead, json!(now_ms() + 100 * 24 * HOUR_MS))] {
        let mut object = usher.clerk().user_object(user).unwrap();
        object["updated_at"] = updated_at;
        usher.clerk().override_user(user, object);
    }
    let report = reconcile(&usher, daily_request()).await;
    let expected = json!({"at_clerk": 6, "created": 1, "updated": 4, "unchanged": 1, "missed": 2, "here": 6});
    assert_eq!(nonzero_counts(&report), expected);
    assert!(usher.row(missing).await.is_some() && usher.row(same).await.is_some());

    // Nothing was missed since. Imports by a manual run do not count as missed.
    assert_eq!(reconcile(&usher, daily_request()).await["missed"], 0);
    usher.remove_user_row(missing).await;
    assert_eq!(reconcile(&usher, import_request()).await["missed"], 0);
}
