//! Proving the first factor again.

use reqwest::Method;
use serde_json::json;

use super::{PASSWORD, browser::Browser};
use crate::{ids, tests::Setup};

const MINUTE_MS: i64 = 60 * 1000;

impl Setup {
    /// Makes a session look as if its user had signed in some minutes ago.
    fn age_factor(&self, session: &str, minutes: i64) {
        let mut instance = self.clerk.instance();
        instance.sessions.get_mut(session).unwrap().set_first_factor_at(ids::now_ms() - minutes * MINUTE_MS);
    }
}

#[tokio::test]
async fn a_reverification_renews_the_age_of_the_factor() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let attempts: [&[(&str, &str)]; 2] =
        [&[("strategy", "password"), ("password", PASSWORD)], &[("strategy", "email_code"), ("code", "424242")]];
    for attempt in attempts {
        let mut browser = Browser::new(&setup);
        let session = browser.sign_in().await;
        setup.age_factor(&session, 15);
        let path = format!("/v1/client/sessions/{session}");
        let token = browser.post(&format!("{path}/tokens"), &[]).await;
        assert_eq!(setup.claims(&token["jwt"]).await["fva"], json!([15, -1]));

        let missing = browser.refused(Method::POST, &format!("{path}/verify/attempt_first_factor"), attempt).await;
        assert_eq!((missing.0, missing.1.as_str()), (400, "session_reverification_missing"));
        let body = browser.post(&format!("{path}/verify"), &[("level", "first_factor")]).await;
        let verification = &body["response"];
        assert_eq!(
            (&verification["object"], &verification["status"]),
            (&json!("session_reverification"), &json!("needs_first_factor"))
        );
        if attempt[0].1 == "email_code" {
            browser.post(&format!("{path}/verify/prepare_first_factor"), &[("strategy", "email_code")]).await;
        }
        let wrong = [attempt[0], (attempt[1].0, "wrong answer")];
        let refused = browser.refused(Method::POST, &format!("{path}/verify/attempt_first_factor"), &wrong).await;
        assert_eq!(refused.0, 422);
        let body = browser.post(&format!("{path}/verify/attempt_first_factor"), attempt).await;
        assert_eq!(body["response"]["status"], "complete");
        assert_eq!(body["response"]["session"]["factor_verification_age"], json!([0, -1]));
        let token = browser.post(&format!("{path}/tokens"), &[]).await;
        assert_eq!(setup.claims(&token["jwt"]).await["fva"], json!([0, -1]));
    }
}

#[tokio::test]
async fn sensitive_changes_need_a_recent_factor() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    let session = browser.sign_in().await;
    setup.age_factor(&session, 11);
    for (method, path) in
        [(Method::DELETE, "/v1/me"), (Method::POST, "/v1/me/change_password"), (Method::POST, "/v1/me/remove_password")]
    {
        let refused = browser.refused(method, path, &[("new_password", "another horse")]).await;
        assert_eq!((refused.0, refused.1.as_str()), (403, "session_reverification_required"), "{path}");
    }
    setup.age_factor(&session, 9);
    browser.post("/v1/me/remove_password", &[("current_password", PASSWORD)]).await;
    assert_eq!(browser.get("/v1/me").await["response"]["password_enabled"], false);
}
