//! Logs contain no secret, e-mail address, body or token.

use harness::{Answer, FaultProxy, LinkState, Usher, eventually, new_message_id, new_user_id, now_ms, user_object};
use reqwest::Method;
use serde_json::json;

/// The life of a user with every kind of error, logged at the most detailed level.
#[tokio::test]
async fn the_log_has_every_event_and_no_personal_data() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.storage = proxy.storage();
        options.log_level = "TRACE".to_owned();
        options.log_format = "JSON".to_owned();
    })
    .await;
    let mut served = 0;
    let mut answered = |answer: Answer| {
        served += 1;
        answer
    };

    // The emulator sends two webhooks.
    let user = json!({
        "email_address": ["private-mail@example.com"], "first_name": "Private-Name",
        "private_metadata": {"note": "private-note"}, "public_metadata": {"note": "public-note"},
    });
    let signed_up = usher.clerk_request(Method::POST, "/v1/users", &user).await;
    let ada = signed_up["id"].as_str().unwrap();
    usher.clerk_request(Method::PATCH, &format!("/v1/users/{ada}"), &json!({"last_name": "Private-Surname"})).await;

    let token = usher.token(ada).claim("email", "private-mail@example.com").minted_by(usher.clerk());
    answered(usher.get("/users/me", &token).await).expect_json();
    answered(usher.get("/users/me/status", &token).await).expect_json();
    answered(usher.get(&format!("/users/{ada}"), &token).await).expect_json();
    let spoiled = usher.token(ada).claim("iss", "https://private-issuer.example.com").minted_by(usher.clerk());
    answered(usher.get("/users/me", &spoiled).await).expect_unauthorized("invalid-token");
    let body = r#"{"private-mail@example.com":"private-body","title":"private-body"}"#;
    let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    let refused = usher.call(Method::POST, "/threads", &headers, body.into()).await;
    answered(refused).expect_problem(422, "invalid-field");

    let other = new_user_id();
    let event = usher.event("user.created", &user_object(&other, now_ms()), now_ms());
    let headers = usher.signed(&new_message_id(), event.as_bytes());
    answered(usher.webhook(&headers, event.clone()).await).assert_outcome("created");
    answered(usher.webhook(&headers, event.replace("Ada", "private-body")).await)
        .expect_problem(400, "invalid-signature");
    answered(usher.deliver("private-body, and no JSON").await).expect_problem(422, "unreadable-event");
    let nobody = r#"{"type":"user.updated","data":{"id":"private-body"}}"#;
    answered(usher.deliver(nobody).await).expect_problem(422, "unreadable-event");
    for line in [LinkState::Throttling, LinkState::Cut] {
        proxy.set_link(line);
        let changed = event.replace("Ada", "private-body").replace(r#""updated_at":1"#, r#""updated_at":2"#);
        answered(usher.deliver(changed).await).expect_problem(503, "unavailable");
        answered(usher.get("/users/me", &token).await).expect_problem(503, "unavailable");
        proxy.set_link(LinkState::Connected);
    }
    usher.clerk_request(Method::DELETE, &format!("/v1/users/{ada}"), &json!({})).await;
    answered(usher.get("/users/me", &token).await).expect_unauthorized("user-deleted");

    // Every request has its line, and a process writes its lines in order: after these lines the log is complete.
    let expected = served + 3;
    let lines = eventually("a line for every request", async || {
        let lines = usher.logs().lines();
        (lines.iter().filter(|line| line.contains(r#""message":"request""#)).count() >= expected).then_some(lines)
    });
    let log = lines.await.join("\n");
    for said in [
        "ThrottlingException",
        "POST /webhooks/clerk",
        "created",
        "deleted",
        "user-deleted",
        "invalid-signature",
        "the token is from another issuer (iss)",
        "….com: is not a field of this request",
    ] {
        assert!(log.contains(said), "the log does not contain {said}:\n{log}");
    }

    let part = |token: &str, index: usize| token.split('.').nth(index).unwrap().to_owned();
    let signature = headers[2].1.trim_start_matches("v1,").to_owned();
    let secret = usher.clerk().webhook_secret().trim_start_matches("whsec_").to_owned();
    for (what, text) in [
        ("an e-mail address", "example.com".to_owned()),
        ("a name", "Private-Name".to_owned()),
        ("a name", "Private-Surname".to_owned()),
        ("private metadata", "private-note".to_owned()),
        ("private metadata", format!("private-{other}")),
        ("public metadata", "public-note".to_owned()),
        ("a body", "private-body".to_owned()),
        ("a body", "Love".to_owned()),
        ("the claims of a token", part(&token, 1)),
        ("the signature of a token", part(&token, 2)),
        ("the claims of a refused token", part(&spoiled, 1)),
        ("the signature of a delivery", signature),
        ("the webhook secret", secret),
        ("the secret key", usher.clerk().secret_key().to_owned()),
        ("a header", "Bearer".to_owned()),
    ] {
        let line = log.lines().find(|line| line.contains(&text));
        assert_eq!(line, None, "{what} is in the log");
    }
}
