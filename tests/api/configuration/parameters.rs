//! Secrets in Systems Manager's Parameter Store, and their rotation.

use harness::{Usher, new_secret, new_user_id, now_ms, user_object};
use reqwest::Method;
use serde_json::json;

const PARAMETER: &str = "/usher/test/secret";

/// A stack of one process for each function, whose secret of this name is in the parameter.
async fn with_parameter(name: &str, value: Option<&str>) -> Usher {
    Usher::with_options(|options| {
        options.concurrency = 1;
        options.environment.insert(name.to_owned(), None);
        options.environment.insert(format!("{name}_PARAMETER"), Some(PARAMETER.to_owned()));
        options.parameters.extend(value.map(|value| (PARAMETER.to_owned(), value.to_owned())));
    })
    .await
}

fn created(usher: &Usher) -> String {
    usher.event("user.created", &user_object(&new_user_id(), now_ms()), now_ms())
}

#[tokio::test]
async fn the_webhooks_secrets_are_read_once_from_their_parameter() {
    let (first, second) = (new_secret(), new_secret());
    let usher = with_parameter("CLERK_WEBHOOK_SECRET", Some(&format!("{first}, {second}\n"))).await;
    for secret in [&first, &second, &first] {
        usher.deliver_signed(secret, created(&usher)).await.assert_outcome("created");
    }
    assert_eq!(usher.parameters().requests(PARAMETER), 1);
}

#[tokio::test]
async fn after_a_rotation_the_new_secret_is_believed_without_a_deployment() {
    let (old, new, never) = (new_secret(), new_secret(), new_secret());
    let usher = with_parameter("CLERK_WEBHOOK_SECRET", Some(&old)).await;
    usher.deliver_signed(&old, created(&usher)).await.assert_outcome("created");
    usher.parameters().put(PARAMETER, &new);
    // Nothing has told the function yet.
    usher.deliver_signed(&old, created(&usher)).await.assert_outcome("created");
    usher.deliver_signed(&new, created(&usher)).await.assert_outcome("created");
    usher.deliver_signed(&old, created(&usher)).await.expect_problem(400, "invalid-signature");
    // Whoever sends rubbish now causes no more readings: it is less than a minute.
    for _ in 0..20 {
        usher.deliver_signed(&never, created(&usher)).await.expect_problem(400, "invalid-signature");
    }
    assert_eq!(usher.parameters().requests(PARAMETER), 2);
}

#[tokio::test]
async fn a_rotation_to_what_is_no_secret_leaves_the_one_there_is_in_use() {
    let (old, other) = (new_secret(), new_secret());
    let usher = with_parameter("CLERK_WEBHOOK_SECRET", Some(&old)).await;
    usher.deliver_signed(&old, created(&usher)).await.assert_outcome("created");
    usher.parameters().put(PARAMETER, "rubbish-not-a-secret");
    usher.deliver_signed(&other, created(&usher)).await.expect_problem(400, "invalid-signature");
    usher.deliver_signed(&old, created(&usher)).await.assert_outcome("created");
    let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET_PARAMETER").await;
    assert!(line.contains("entry 1") && !line.contains("rubbish"), "{line}");
}

#[tokio::test]
async fn while_systems_manager_is_down_a_delivery_is_to_be_repeated() {
    let secret = new_secret();
    let usher = with_parameter("CLERK_WEBHOOK_SECRET", Some(&secret)).await;
    usher.parameters().set_available(false);
    let answer = usher.deliver_signed(&secret, created(&usher)).await;
    answer.expect_problem(503, "secret-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    usher.parameters().set_available(true);
    harness::eventually("a delivery that is believed", async || {
        let answer = usher.deliver_signed(&secret, created(&usher)).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_parameter_that_cannot_work_stops_init_and_is_named() {
    let says_why = async |usher: &Usher, words: &str| {
        usher.deliver_signed(&new_secret(), created(usher)).await.assert_status(500);
        let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET_PARAMETER").await;
        assert!(line.contains(words), "{line}");
        assert!(!usher.logs().lines().join("\n").contains("rubbish"));
    };
    let missing = with_parameter("CLERK_WEBHOOK_SECRET", None).await;
    says_why(&missing, "does not have").await;
    let no_secret = with_parameter("CLERK_WEBHOOK_SECRET", Some("rubbish")).await;
    says_why(&no_secret, "entry 1").await;
    let both = Usher::with_options(|options| {
        options.environment.insert("CLERK_WEBHOOK_SECRET_PARAMETER".to_owned(), Some(PARAMETER.to_owned()));
        options.parameters.insert(PARAMETER.to_owned(), new_secret());
    })
    .await;
    says_why(&both, "set one of the two").await;
}

#[tokio::test]
async fn the_secret_key_is_read_from_its_parameter_and_again_once_it_is_refused() {
    let usher = with_parameter("CLERK_SECRET_KEY", Some("sk_test_old")).await;
    // The emulator has had another key for long.
    usher.parameters().put(PARAMETER, usher.clerk().secret_key());
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap();
    usher.remove_user_row(ada).await;
    assert_eq!(usher.get("/users/me", &usher.session_token(ada)).await.expect_json()["id"], ada);

    let usher = with_parameter("CLERK_SECRET_KEY", Some("sk_test_old")).await;
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap();
    usher.remove_user_row(ada).await;
    // Refused: the webhook is waited for, as if there were no key.
    usher.get("/users/me", &usher.session_token(ada)).await.expect_problem(404, "user-not-synced");
    usher.get("/users/me", &usher.session_token(ada)).await.expect_problem(404, "user-not-synced");
    assert_eq!(usher.parameters().requests(PARAMETER), 2);
}
