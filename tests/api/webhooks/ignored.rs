//! Ignored events get 200. Otherwise Svix would repeat them for a day and a half.

use harness::{Usher, new_user_id, now_ms};

#[tokio::test]
async fn other_event_types_change_no_user() {
    let usher = Usher::shared().await;
    let (ada, unknown) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&ada).await;
    let row = usher.row(&ada).await;
    let now = now_ms();
    for kind in [
        "session.created",
        "session.pending",
        "email.created",
        "sms.created",
        "organization.created",
        "organizationMembership.deleted",
        "role.updated",
        "user.promoted",
        "user.updated.v2",
        "USER.DELETED",
        "",
    ] {
        for id in [&ada, &unknown] {
            let data = format!(r#"{{"id":"{id}","user_id":"{id}","object":"session","updated_at":{}}}"#, now + 1000);
            usher.deliver(usher.event(kind, &data, now + 1000)).await.labeled(kind).assert_outcome("ignored");
        }
        assert_eq!(usher.row(&ada).await, row, "{kind}");
        assert_eq!(usher.row(&unknown).await, None, "{kind}");
    }
}

#[tokio::test]
async fn an_ignored_event_needs_no_data() {
    let usher = Usher::shared().await;
    usher.deliver(r#"{"type":"email.created"}"#).await.assert_outcome("ignored");
    usher.deliver(usher.event("email.created", "[1]", now_ms())).await.assert_outcome("ignored");
}
