//! A table that was restored from a backup: users who were deleted after the backup are in it again.

use harness::{now_ms, user_row};
use serde_json::json;

use super::{HOUR_MS, import_request, nonzero_counts, reconcile, start_stack};
use crate::caller::Caller;

#[tokio::test]
async fn a_user_deleted_after_the_backup_is_deleted_again() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(3);
    usher.seed(users.iter().map(|user| user_row(user, 1, now_ms() - 2 * HOUR_MS))).await;
    let [kept, deleted, deleted_before] = &users[..] else { panic!("three") };
    let [kept, deleted] = [Caller::existing(&usher, kept), Caller::existing(&usher, deleted)];
    for caller in [&kept, &deleted] {
        let thread = caller.create_thread().await;
        caller.create_message(&thread, "Hello").await;
    }
    assert!(usher.clerk().remove_user(deleted_before));
    usher.deliver_user_deleted(deleted_before).await;

    let backup = usher.scan().await;
    assert!(usher.clerk().remove_user(&deleted.id));
    usher.deliver_user_deleted(&deleted.id).await;
    let [newcomer] = &usher.clerk().add_users(1)[..] else { panic!("one") };
    usher.restore(backup).await;
    assert_eq!(deleted.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 1);

    // The recipe of the document for operators: look, store, delete.
    let looking = json!({"delete_unknown": true, "max_delete_percent": 50});
    assert_eq!(nonzero_counts(&reconcile(&usher, looking).await)["unknown"], 1);
    assert_eq!(deleted.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(nonzero_counts(&reconcile(&usher, import_request()).await)["created"], 1);
    let deleting = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 50});
    assert_eq!(nonzero_counts(&reconcile(&usher, deleting).await)["deleted"], 1);

    deleted.get("/threads").await.expect_unauthorized("user-deleted");
    let [tombstone] = &deleted.rows().await[..] else { panic!("{:?}", deleted.rows().await) };
    assert!(tombstone.contains_key("deleted_at") && !tombstone.contains_key("clerk_user"));
    assert!(usher.row(deleted_before).await.unwrap().contains_key("deleted_at"), "the backup had the tombstone");
    assert!(usher.row(newcomer).await.unwrap().contains_key("clerk_user"));
    assert_eq!(kept.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 1);
}
