//! Users are created and updated.

use harness::{Usher, attributes, eventually, new_message_id, new_user_id, now_ms, number, text, user_object};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_new_user_and_a_change_are_stored_byte_for_byte() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let first = user_object(&ada, now);
    usher.deliver(usher.event("user.created", &first, now + 1)).await.assert_outcome("created");
    assert_eq!(usher.stored_user(&ada).await, first);

    let second = user_object(&ada, now + 5).replace("Ada", "Augusta");
    let message = new_message_id();
    usher.deliver_as(&message, usher.event("user.updated", &second, now + 6)).await.assert_outcome("updated");
    let row = usher.row(&ada).await.unwrap();
    assert_eq!(text(&row, "clerk_user"), second);
    assert_eq!((number(&row, "updated_at"), number(&row, "event_at")), (now + 5, now + 6));
    assert_eq!(text(&row, "svix_id"), message);
    assert!((number(&row, "synced_at") - now_ms()).abs() < 600_000);
    let all = ["clerk_user", "event_at", "pk", "row_kind", "sk", "svix_id", "synced_at", "updated_at"];
    assert_eq!(attributes(&row), all.into());
}

#[tokio::test]
async fn an_update_of_an_unknown_user_creates_the_user() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let object = user_object(&ada, now);
    usher.deliver(usher.event("user.updated", &object, now)).await.assert_outcome("created");
    assert_eq!(usher.stored_user(&ada).await, object);
}

#[tokio::test]
async fn an_event_that_is_not_newer_changes_nothing() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let (message, event) = (new_message_id(), usher.event("user.created", &user_object(&ada, now), now));
    usher.deliver_as(&message, event.clone()).await.assert_outcome("created");
    let row = usher.row(&ada).await;

    let other = |updated_at| user_object(&ada, updated_at).replace("Ada", "Mallory");
    for (name, message, event) in [
        ("the same message again", message, event),
        ("an older updated_at", new_message_id(), usher.event("user.updated", &other(now - 1), now)),
        (
            "an older updated_at in a newer envelope",
            new_message_id(),
            usher.event("user.updated", &other(now - 1), now + 9),
        ),
        (
            "an equal updated_at in an older envelope",
            new_message_id(),
            usher.event("user.updated", &other(now), now - 1),
        ),
        ("a late creation", new_message_id(), usher.event("user.created", &other(now - 2), now - 2)),
    ] {
        usher.deliver_as(&message, event).await.labeled(name).assert_outcome("stale");
        assert_eq!(usher.row(&ada).await, row, "{name}");
    }
}

/// With two endpoints at Clerk, for example during a rotation of the secret, each event arrives as two messages.
#[tokio::test]
async fn a_second_message_of_one_event_changes_nothing() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, now), now);
    usher.deliver_as("msg_b", event.clone()).await.assert_outcome("created");
    for message in ["msg_a", "msg_c"] {
        usher.deliver_as(message, event.clone()).await.labeled(message).assert_outcome("stale");
        assert_eq!(usher.stored_user(&ada).await, user_object(&ada, now));
    }
}

#[tokio::test]
async fn the_later_message_wins_if_both_times_are_equal() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let objects = ["Ada", "Augusta"].map(|name| user_object(&ada, now).replace("Ada", name));
    for (object, message, outcome) in
        [(&objects[0], "msg_b", "created"), (&objects[1], "msg_c", "updated"), (&objects[0], "msg_a", "stale")]
    {
        usher
            .deliver_as(message, usher.event("user.updated", object, now))
            .await
            .labeled(message)
            .assert_outcome(outcome);
    }
    assert_eq!(usher.stored_user(&ada).await, objects[1]);
}

#[tokio::test]
async fn the_later_event_wins_if_updated_at_is_equal() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    usher.deliver(usher.event("user.created", &user_object(&ada, now), now)).await.assert_outcome("created");
    let later = user_object(&ada, now).replace("Ada", "Augusta");
    usher.deliver(usher.event("user.updated", &later, now + 1)).await.assert_outcome("updated");
    assert_eq!(usher.stored_user(&ada).await, later);
}

#[tokio::test]
async fn the_log_says_why_a_webhook_is_stale() {
    let usher = Usher::shared().await;
    let (ada, bob, now, first) = (new_user_id(), new_user_id(), now_ms(), new_message_id());
    let event = |user: &str, at| usher.event("user.updated", &user_object(user, at), at);
    usher.deliver_as(&first, event(&ada, now)).await.assert_outcome("created");
    for (reason, message, user, at) in [
        ("duplicate", first, &ada, now),
        ("older", new_message_id(), &ada, now - 1),
        ("too old", new_message_id(), &bob, now - 91 * DAY_MS),
        ("deleted", new_message_id(), &ada, now + 1),
    ] {
        if reason == "deleted" {
            usher.deliver_user_deleted(&ada).await;
        }
        usher.deliver_as(&message, event(user, at)).await.labeled(reason).assert_outcome("stale");
        let is_told = || usher.logs().lines().iter().any(|line| line.contains(&message) && line.contains(reason));
        eventually(reason, async || is_told().then_some(())).await;
    }
}

/// A tombstone expires after 90 days. An older message, replayed from Clerk's dashboard, may name a user deleted since.
#[tokio::test]
async fn an_event_older_than_any_tombstone_may_update_but_not_create() {
    let usher = Usher::shared().await;
    let (ada, bob, now) = (new_user_id(), new_user_id(), now_ms());
    for kind in ["user.created", "user.updated"] {
        let event = usher.event(kind, &user_object(&ada, now - 91 * DAY_MS), now - 91 * DAY_MS);
        usher.deliver(event).await.labeled(kind).assert_outcome("stale");
        assert_eq!(usher.row(&ada).await, None, "{kind}");
    }
    let event = usher.event("user.created", &user_object(&ada, now - 91 * DAY_MS), now - 89 * DAY_MS);
    usher.deliver(event).await.assert_outcome("created");

    // A stored user that has not changed for 200 days.
    usher
        .deliver(usher.event("user.created", &user_object(&bob, now - 200 * DAY_MS), now))
        .await
        .assert_outcome("created");
    let newer = user_object(&bob, now - 100 * DAY_MS);
    usher.deliver(usher.event("user.updated", &newer, now - 100 * DAY_MS)).await.assert_outcome("updated");
    assert_eq!(usher.stored_user(&bob).await, newer);
}
