//! `CLERK_INSTANCE_ID`: events of a development instance cannot change production.

use harness::{Usher, new_user_id, now_ms, user_object};

#[tokio::test]
async fn an_event_of_another_clerk_instance_is_refused() {
    let usher = Usher::with_environment([("CLERK_INSTANCE_ID", Some("ins_production"))]).await;
    let (ada, bob, now) = (new_user_id(), new_user_id(), now_ms());
    let own = |event: String| event.replace(usher.clerk().instance_id(), "ins_production");
    let created = usher.event("user.created", &user_object(&ada, now), now);
    usher.deliver(own(created)).await.assert_outcome("created");
    let row = usher.row(&ada).await;

    // The same secret, as after an endpoint was copied in the dashboard.
    let update = usher.event("user.updated", &user_object(&ada, now + 1000), now + 1000);
    usher.deliver(update.clone()).await.expect_problem(403, "foreign-instance");
    let deletion = usher.event("user.deleted", &format!(r#"{{"id":"{ada}","deleted":true}}"#), now);
    usher.deliver(deletion).await.expect_problem(403, "foreign-instance");
    assert_eq!(usher.row(&ada).await, row);
    usher.deliver(own(update)).await.assert_outcome("updated");

    let silent = format!(r#"{{"type":"user.created","timestamp":{now},"data":{}}}"#, user_object(&bob, now));
    usher.deliver(silent).await.expect_problem(403, "foreign-instance");
    assert_eq!(usher.row(&bob).await, None);
}

#[tokio::test]
async fn a_signature_suffices_if_no_instance_is_configured() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, now), now);
    usher.deliver(event.replace(usher.clerk().instance_id(), "ins_other")).await.assert_outcome("created");
}
