//! Bans and locks.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Setup, answer, first_error};

impl Setup {
    async fn act(&self, user: &str, action: &str) -> (u16, Value) {
        answer(self.request(Method::POST, &format!("/v1/users/{user}/{action}"))).await
    }
}

#[tokio::test]
async fn each_action_changes_its_flag_and_sends_an_event() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({"first_name": "Ada"})).await;
    for (action, banned, locked) in
        [("ban", true, false), ("lock", true, true), ("unban", false, true), ("unlock", false, false)]
    {
        let (status, object) = setup.act(&user, action).await;
        assert_eq!((status, &object["banned"], &object["locked"]), (200, &json!(banned), &json!(locked)), "{action}");
        let event = setup.event().await;
        assert_eq!((&event["type"], &event["data"]), (&json!("user.updated"), &object), "{action}");
        assert_eq!(setup.get(&format!("/v1/users/{user}")).await.1, object);
    }
    let (status, error) = setup.act("user_nobody", "ban").await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn a_ban_revokes_the_sessions_of_the_user_only() {
    let mut setup = Setup::new().await;
    let (banned, other) = (setup.user(json!({})).await, setup.user(json!({})).await);
    let (revoked, kept) = (setup.session(&banned).await, setup.session(&other).await);
    setup.act(&banned, "ban").await;
    // Clerk does not document an event for these sessions, so there is none.
    assert_eq!(setup.event().await["type"], "user.updated");
    assert!(setup.deliveries.try_recv().is_err());
    for (session, status) in [(&revoked, "revoked"), (&kept, "active")] {
        assert_eq!(setup.get(&format!("/v1/sessions/{session}")).await.1["status"], status);
    }
    let tokens = setup.request(Method::POST, &format!("/v1/sessions/{revoked}/tokens"));
    assert_eq!(answer(tokens).await.0, 404);
}
