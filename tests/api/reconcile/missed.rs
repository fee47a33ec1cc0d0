//! What the daily run had to bring in, although a webhook should have told of it.

use harness::user_row;
use serde_json::json;

use super::{HOUR_MS, a_stack, counts, daily, for_real, reconcile};

#[tokio::test]
async fn the_daily_run_counts_the_changes_that_no_webhook_told_of() {
    let usher = a_stack(|_| {}).await;
    // Created an hour ago, one in each millisecond.
    let users = usher.clerk().add_users(6);
    let [missing, same, older, fresh, timeless, ahead] = &users[..] else { panic!("six") };
    reconcile(&usher, for_real()).await;
    usher.remove_user_row(missing).await;
    usher.seed([user_row(older, 1, 1)]).await;
    // Its webhook may be on the way.
    usher.clerk().touch_user(fresh);
    // Clerk does not say when these were changed, so they are brought in each time.
    for (user, updated_at) in [(timeless, json!(null)), (ahead, json!(harness::now_ms() + 100 * 24 * HOUR_MS))] {
        let mut object = usher.clerk().user_object(user).unwrap();
        object["updated_at"] = updated_at;
        usher.clerk().override_user(user, object);
    }
    let report = reconcile(&usher, daily()).await;
    let expected = json!({"at_clerk": 6, "created": 1, "updated": 4, "unchanged": 1, "missed": 2, "here": 6});
    assert_eq!(counts(&report), expected);
    assert!(usher.row(missing).await.is_some() && usher.row(same).await.is_some());

    // Nothing was missed since. By hand it is no fault that users have to be brought in.
    assert_eq!(reconcile(&usher, daily()).await["missed"], 0);
    usher.remove_user_row(missing).await;
    assert_eq!(reconcile(&usher, for_real()).await["missed"], 0);
}
