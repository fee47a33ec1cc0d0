//! Secrets in Systems Manager's Parameter Store, and their rotation.

use harness::{Usher, eventually, new_secret, new_user_id, now_ms, user_object};
use local::Options;
use reqwest::Method;
use serde_json::json;

const PARAMETER: &str = "/usher/test/secret";

/// Starts a stack with one process for each function, which reads the secret of this name from the parameter.
async fn start_with_parameter(name: &str, value: &str) -> Usher {
    Usher::with_options(|options| {
        read_from_parameter(options, name);
        options.parameters.insert(PARAMETER.to_owned(), value.to_owned());
    })
    .await
}

/// Starts the same stack, but the parameter does not exist yet. Functions read it again every `reread` seconds.
async fn start_without_parameter(name: &str, reread: u64) -> Usher {
    Usher::with_options(|options| {
        read_from_parameter(options, name);
        options.environment.insert("SECRET_REREAD_SECONDS".to_owned(), Some(reread.to_string()));
    })
    .await
}

fn read_from_parameter(options: &mut Options, name: &str) {
    options.concurrency = 1;
    options.environment.insert(name.to_owned(), None);
    options.environment.insert(format!("{name}_PARAMETER"), Some(PARAMETER.to_owned()));
}

fn user_created_event(usher: &Usher) -> String {
    usher.event("user.created", &user_object(&new_user_id(), now_ms()), now_ms())
}

#[tokio::test]
async fn webhook_secrets_are_read_from_their_parameter_once() {
    let (first, second) = (new_secret(), new_secret());
    let usher = start_with_parameter("CLERK_WEBHOOK_SECRET", &format!("{first}, {second}\n")).await;
    for secret in [&first, &second, &first] {
        usher.deliver_signed(secret, user_created_event(&usher)).await.assert_outcome("created");
    }
    assert_eq!(usher.parameters().requests(PARAMETER), 1);
}

#[tokio::test]
async fn a_rotated_secret_is_accepted_without_a_deployment() {
    let (old, new, unknown) = (new_secret(), new_secret(), new_secret());
    let usher = start_with_parameter("CLERK_WEBHOOK_SECRET", &old).await;
    usher.deliver_signed(&old, user_created_event(&usher)).await.assert_outcome("created");
    usher.parameters().put(PARAMETER, &new);
    // The function has not read the parameter again yet.
    usher.deliver_signed(&old, user_created_event(&usher)).await.assert_outcome("created");
    usher.deliver_signed(&new, user_created_event(&usher)).await.assert_outcome("created");
    usher.deliver_signed(&old, user_created_event(&usher)).await.expect_problem(400, "invalid-signature");
    // Invalid signatures cause no further read within a minute.
    for _ in 0..20 {
        usher.deliver_signed(&unknown, user_created_event(&usher)).await.expect_problem(400, "invalid-signature");
    }
    assert_eq!(usher.parameters().requests(PARAMETER), 2);
}

#[tokio::test]
async fn an_invalid_new_secret_leaves_the_current_one_in_use() {
    let (old, other) = (new_secret(), new_secret());
    let usher = start_with_parameter("CLERK_WEBHOOK_SECRET", &old).await;
    usher.deliver_signed(&old, user_created_event(&usher)).await.assert_outcome("created");
    usher.parameters().put(PARAMETER, "rubbish-not-a-secret");
    usher.deliver_signed(&other, user_created_event(&usher)).await.expect_problem(400, "invalid-signature");
    usher.deliver_signed(&old, user_created_event(&usher)).await.assert_outcome("created");
    let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET_PARAMETER").await;
    assert!(line.contains("entry 1") && !line.contains("rubbish"), "{line}");
}

#[tokio::test]
async fn a_delivery_gets_503_while_systems_manager_is_down() {
    let secret = new_secret();
    let usher = start_with_parameter("CLERK_WEBHOOK_SECRET", &secret).await;
    usher.parameters().set_available(false);
    let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
    answer.expect_problem(503, "secret-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    usher.parameters().set_available(true);
    eventually("a delivery that is accepted", async || {
        let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_webhook_secret_is_used_once_its_parameter_exists() {
    let secret = new_secret();
    let usher = start_without_parameter("CLERK_WEBHOOK_SECRET", 1).await;
    let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
    answer.expect_problem(503, "webhook-not-configured");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET_PARAMETER").await;
    assert!(line.contains("secret not read") && line.contains("does not have"), "{line}");
    // A value that is not a secret is not used.
    usher.parameters().put(PARAMETER, "rubbish");
    eventually("a refused value", async || {
        let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
        answer.expect_problem(503, "webhook-not-configured");
        usher.logs().lines().iter().any(|line| line.contains("entry 1")).then_some(())
    })
    .await;
    usher.parameters().put(PARAMETER, &secret);
    eventually("an accepted delivery", async || {
        let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
        if answer.status != 200 {
            answer.expect_problem(503, "webhook-not-configured");
        }
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(usher.processes("clerk-webhook").len(), 1);
}

#[tokio::test]
async fn a_missing_parameter_is_read_at_most_once_a_minute() {
    let secret = new_secret();
    let usher = start_without_parameter("CLERK_WEBHOOK_SECRET", 60).await;
    for _ in 0..10 {
        let answer = usher.deliver_signed(&secret, user_created_event(&usher)).await;
        answer.expect_problem(503, "webhook-not-configured");
        usher.parameters().put(PARAMETER, &secret);
    }
    assert_eq!(usher.parameters().requests(PARAMETER), 1);
}

#[tokio::test]
async fn a_secret_key_is_used_once_its_parameter_exists() {
    let usher = start_without_parameter("CLERK_SECRET_KEY", 1).await;
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap();
    usher.remove_user_row(ada).await;
    let token = usher.session_token(ada);
    let authorization = [("authorization", format!("Bearer {token}"))];
    usher.get("/users/me", &token).await.expect_problem(404, "user-not-synced");
    let answer = usher.call(Method::DELETE, "/users/me", &authorization, Vec::new()).await;
    let detail = answer.expect_problem(503, "clerk-not-configured");
    assert_eq!(detail, "CLERK_SECRET_KEY is not set");
    assert!(usher.invoke("reconcile-users", "{}").await.is_err());

    usher.parameters().put(PARAMETER, usher.clerk().secret_key());
    eventually("the caller is fetched from Clerk", async || {
        (usher.get("/users/me", &token).await.status == 200).then_some(())
    })
    .await;
    eventually("a finished comparison", async || usher.invoke("reconcile-users", "{}").await.ok()).await;
    eventually("the deletion of the account", async || {
        let answer = usher.call(Method::DELETE, "/users/me", &authorization, Vec::new()).await;
        (answer.status == 202).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_unusable_parameter_stops_init_and_is_named() {
    let assert_init_error = async |usher: &Usher, words: &str| {
        usher.deliver_signed(&new_secret(), user_created_event(usher)).await.assert_status(500);
        let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET_PARAMETER").await;
        assert!(line.contains(words), "{line}");
        assert!(!usher.logs().lines().join("\n").contains("rubbish"));
    };
    let no_secret = start_with_parameter("CLERK_WEBHOOK_SECRET", "rubbish").await;
    assert_init_error(&no_secret, "entry 1").await;
    let both = Usher::with_options(|options| {
        options.environment.insert("CLERK_WEBHOOK_SECRET_PARAMETER".to_owned(), Some(PARAMETER.to_owned()));
        options.parameters.insert(PARAMETER.to_owned(), new_secret());
    })
    .await;
    assert_init_error(&both, "set one of the two").await;
}

#[tokio::test]
async fn the_secret_key_is_read_again_after_clerk_refuses_it() {
    let usher = start_with_parameter("CLERK_SECRET_KEY", "sk_test_old").await;
    // The emulator has never accepted `sk_test_old`.
    usher.parameters().put(PARAMETER, usher.clerk().secret_key());
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap();
    usher.remove_user_row(ada).await;
    assert_eq!(usher.get("/users/me", &usher.session_token(ada)).await.expect_json()["id"], ada);

    let usher = start_with_parameter("CLERK_SECRET_KEY", "sk_test_old").await;
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap();
    usher.remove_user_row(ada).await;
    // Clerk refuses the key, so the user stays unsynced until the webhook arrives.
    usher.get("/users/me", &usher.session_token(ada)).await.expect_problem(404, "user-not-synced");
    usher.get("/users/me", &usher.session_token(ada)).await.expect_problem(404, "user-not-synced");
    assert_eq!(usher.parameters().requests(PARAMETER), 2);
}
