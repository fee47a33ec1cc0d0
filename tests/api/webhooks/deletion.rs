//! Deletions: they win over all other events.

use harness::{Usher, new_user_id, now_ms, number, user_object};

use super::{assert_tombstone, without_times};

#[tokio::test]
async fn a_deleted_user_leaves_a_tombstone_without_personal_data() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    let data = format!(r#"{{"deleted":true,"external_id":"crm-ada","id":"{ada}","object":"user"}}"#);
    usher.deliver(usher.event("user.deleted", &data, now_ms())).await.assert_outcome("deleted");
    assert_tombstone(&usher.row(&ada).await.unwrap());
}

#[tokio::test]
async fn a_repeated_deletion_keeps_the_tombstone() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_deleted(&ada).await;
    let first = usher.row(&ada).await.unwrap();

    usher.deliver_user_deleted(&ada).await;
    let second = usher.row(&ada).await.unwrap();
    assert_tombstone(&second);
    assert_eq!(number(&first, "deleted_at"), number(&second, "deleted_at"));
    assert_eq!(without_times(first), without_times(second));
}

#[tokio::test]
async fn a_deletion_before_the_creation_is_kept() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    usher.deliver_user_deleted(&ada).await;
    assert_tombstone(&usher.row(&ada).await.unwrap());
}

/// Clerk's `user.deleted` has no `updated_at`, and clocks differ, so an old timestamp does not make it stale.
#[tokio::test]
async fn a_deletion_applies_with_any_timestamp() {
    let usher = Usher::shared().await;
    for timestamp in [0, 1_600_000_000_000, now_ms() - 1000] {
        let ada = new_user_id();
        usher.deliver_user_created(&ada).await;
        let data = format!(r#"{{"deleted":true,"id":"{ada}","object":"user"}}"#);
        usher.deliver(usher.event("user.deleted", &data, timestamp)).await.assert_outcome("deleted");
        assert_tombstone(&usher.row(&ada).await.unwrap());
    }
}

#[tokio::test]
async fn a_deleted_user_is_never_restored() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_deleted(&ada).await;
    let tombstone = usher.row(&ada).await;

    let year = 365 * 24 * 60 * 60 * 1000;
    for kind in ["user.created", "user.updated"] {
        for (name, updated_at, timestamp) in [
            ("older", now - 5000, now - 5000),
            ("current", now_ms(), now_ms()),
            ("a year ahead", now + year, now + year),
            ("a year old", now - year, now - year),
            ("changed a year ahead, sent a year ago", now + year, now - year),
        ] {
            let name = format!("{kind}, {name}");
            let event = usher.event(kind, &user_object(&ada, updated_at), timestamp);
            usher.deliver(event).await.labeled(&name).assert_outcome("stale");
            assert_eq!(usher.row(&ada).await, tombstone, "{name}");
        }
    }
}
