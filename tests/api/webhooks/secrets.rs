//! `CLERK_WEBHOOK_SECRET`: one, several or no secrets.

use harness::{Usher, new_secret, new_user_id, now_ms, user_object};

#[tokio::test]
async fn both_secrets_are_accepted_during_a_rotation() {
    let (old, new) = (new_secret(), new_secret());
    let both = format!("{old}, {new}\n");
    let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", Some(&both))]).await;
    for (name, secret) in [("the first secret", &old), ("the second secret", &new)] {
        let (user, now) = (new_user_id(), now_ms());
        let object = user_object(&user, now);
        let event = usher.event("user.created", &object, now);
        usher.deliver_signed(secret, event.clone()).await.labeled(name).assert_outcome("created");
        assert_eq!(usher.stored_user(&user).await, object, "{name}");
    }
    let event = usher.event("session.created", "{}", now_ms());
    usher.deliver_signed(&new_secret(), event.clone()).await.expect_problem(400, "invalid-signature");
}

#[tokio::test]
async fn a_trailing_newline_of_a_secret_is_ignored() {
    let secret = new_secret();
    let pasted = format!("{secret}\n");
    let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", Some(&pasted))]).await;
    let event = usher.event("session.created", "{}", now_ms());
    usher.deliver_signed(&secret, event.clone()).await.assert_outcome("ignored");
}

/// Svix retries after a 503, so no event is lost before the secret is set.
#[tokio::test]
async fn every_delivery_gets_503_without_a_secret() {
    for blank in [None, Some(" \n"), Some(",")] {
        let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", blank)]).await;
        let (ada, now) = (new_user_id(), now_ms());
        let event = usher.event("user.created", &user_object(&ada, now), now);
        for (name, answer) in [
            ("signed", usher.deliver(event.clone()).await),
            ("signed with another secret", usher.deliver_signed(&new_secret(), event.clone()).await),
            ("unsigned", usher.webhook(&Vec::new(), event.clone()).await),
        ] {
            let answer = answer.labeled(&format!("{blank:?}, {name}"));
            answer.expect_problem(503, "webhook-not-configured");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(usher.row(&ada).await, None);
    }
}
