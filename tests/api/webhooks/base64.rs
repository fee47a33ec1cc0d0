//! Base64: API Gateway may encode a body. The signature covers the body that Clerk sent.

use harness::{Usher, new_message_id, new_user_id, now_ms, user_object};
use reqwest::Method;

#[tokio::test]
async fn a_base64_body_is_treated_like_a_plain_one() {
    let usher = Usher::with_options(|options| options.base64_bodies = true).await;
    let (ada, now) = (new_user_id(), now_ms());
    // Lengths with two, one and no characters of padding.
    for extra in 0..3 {
        let object = user_object(&ada, now + extra).replace("Ada", &format!("Ada{} 👋", "!".repeat(extra as usize)));
        let event = usher.event("user.updated", &object, now + extra);
        let outcome = if extra == 0 { "created" } else { "updated" };
        usher.deliver(event).await.assert_outcome(outcome);
        assert_eq!(usher.stored_user(&ada).await, object);
    }
    let event = usher.event("user.updated", &user_object(&ada, now + 9), now + 9);
    let headers = usher.signed(&new_message_id(), event.as_bytes());
    usher.webhook(&headers, event.replace("Ada", "Ida")).await.expect_problem(400, "invalid-signature");
    usher.deliver("no JSON").await.expect_problem(422, "unreadable-event");
    usher.deliver_user_deleted(&ada).await;
}

#[tokio::test]
async fn a_binary_content_type_makes_no_difference() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let object = user_object(&ada, now);
    let event = usher.event("user.created", &object, now);
    let mut headers = usher.signed(&new_message_id(), event.as_bytes());
    headers.push(("content-type", "application/octet-stream".to_owned()));
    usher.call(Method::POST, "/webhooks/clerk", &headers, event.into()).await.assert_outcome("created");
    assert_eq!(usher.stored_user(&ada).await, object);
}
