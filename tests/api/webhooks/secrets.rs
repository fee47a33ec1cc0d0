//! `CLERK_WEBHOOK_SECRET`: one, several, none.

use harness::{Usher, new_secret, new_user_id, now_ms, user_object};

#[tokio::test]
async fn while_a_secret_is_rotated_both_are_good_and_a_pasted_newline_does_no_harm() {
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
async fn one_secret_with_a_trailing_newline_is_that_secret() {
    let secret = new_secret();
    let pasted = format!("{secret}\n");
    let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", Some(&pasted))]).await;
    let event = usher.event("session.created", "{}", now_ms());
    usher.deliver_signed(&secret, event.clone()).await.assert_outcome("ignored");
}

/// 503, so that Svix keeps the messages until somebody has set the secret.
#[tokio::test]
async fn without_a_secret_nothing_is_believed_and_nothing_is_lost() {
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
