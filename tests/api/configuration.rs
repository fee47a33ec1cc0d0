//! Invalid configuration: the log names the variable, and never its value.

mod foreign_key;
mod model;
mod own_instance;
mod parameters;

use harness::{Answer, Key, Usher, new_secret};
use reqwest::Method;

async fn get_me(usher: &Usher) -> Answer {
    usher.call(Method::GET, "/users/me", &[], Vec::new()).await
}

/// Asserts the gateway's own 500 response. The function did not start, and the caller learns no reason.
#[track_caller]
fn assert_opaque_error(answer: &Answer) {
    answer.assert_status(500);
    assert_eq!(answer.body, r#"{"message":"Internal Server Error"}"#);
}

#[tokio::test]
async fn a_function_that_cannot_start_names_the_invalid_variable() {
    let key = "-----BEGIN PUBLIC KEY-----\nrubbish-not-a-key\n-----END PUBLIC KEY-----";
    for (row, variable, value) in [
        ("no issuer", "CLERK_ISSUER", None),
        ("a blank issuer", "CLERK_ISSUER", Some(" ")),
        ("an issuer that is not a URL", "CLERK_ISSUER", Some("rubbish-not-an-issuer")),
        ("an issuer that is not secure", "CLERK_ISSUER", Some("http://rubbish.example.com")),
        ("an invalid key", "CLERK_JWT_KEY", Some(key)),
        ("no table", "TABLE_NAME", None),
        (
            "a party that is not an origin",
            "CLERK_AUTHORIZED_PARTIES",
            Some("https://a.example.com,https://rubbish.example.com/"),
        ),
        ("a party without a scheme", "CLERK_AUTHORIZED_PARTIES", Some("rubbish.example.com")),
        ("an invalid secret key", "CLERK_SECRET_KEY", Some("rubbish")),
        ("an address that is not secure", "CLERK_API_URL", Some("http://rubbish.example.com")),
    ] {
        let usher = Usher::with_environment([(variable, value)]).await;
        assert_opaque_error(&get_me(&usher).await.labeled(row));
        let line = usher.logs().line_with(variable).await;
        assert!(line.contains("get-current-user"), "{row}: {line}");
        // The next request starts a new process and gets the same response.
        assert_opaque_error(&get_me(&usher).await.labeled(row));
        let log = usher.logs().lines().join("\n");
        assert!(!log.contains("rubbish"), "{row}: {log}");
    }
}

#[tokio::test]
async fn invalid_reverification_minutes_are_named_in_the_log() {
    for minutes in ["0", "-1", "1441", "ten"] {
        let usher = Usher::with_environment([("CLERK_REVERIFICATION_MINUTES", Some(minutes))]).await;
        assert_opaque_error(&usher.call(Method::DELETE, "/users/me", &[], Vec::new()).await.labeled(minutes));
        usher.logs().line_with("CLERK_REVERIFICATION_MINUTES").await;
    }
}

#[tokio::test]
async fn an_invalid_publishable_key_is_named_in_the_log() {
    let usher =
        Usher::with_environment([("CLERK_ISSUER", None), ("CLERK_PUBLISHABLE_KEY", Some("pk_test_rubbish"))]).await;
    assert_opaque_error(&get_me(&usher).await);
    usher.logs().line_with("CLERK_PUBLISHABLE_KEY").await;
    assert!(!usher.logs().lines().join("\n").contains("rubbish"));
}

/// Secret keys and issuers of development instances differ in form from those of production instances.
#[tokio::test]
async fn a_secret_key_of_another_instance_type_is_refused() {
    for (issuer, key) in
        [("https://happy-1.clerk.accounts.dev", "sk_live_rubbish"), ("https://clerk.example.com", "sk_test_rubbish")]
    {
        let usher = Usher::with_environment([
            ("CLERK_ISSUER", Some(issuer)),
            ("CLERK_JWT_KEY", Some(&Key::generate().public_pem())),
            ("CLERK_SECRET_KEY", Some(key)),
        ])
        .await;
        assert_opaque_error(&get_me(&usher).await);
        usher.logs().line_with("CLERK_SECRET_KEY").await;
        assert!(!usher.logs().lines().join("\n").contains("rubbish"));
    }
}

#[tokio::test]
async fn an_invalid_instance_id_is_named_in_the_log() {
    let usher = Usher::with_environment([("CLERK_INSTANCE_ID", Some("rubbish"))]).await;
    assert_opaque_error(&usher.deliver("{}").await);
    let line = usher.logs().line_with("CLERK_INSTANCE_ID").await;
    assert!(line.contains("ins_"), "{line}");
}

#[tokio::test]
async fn an_invalid_webhook_secret_is_named_by_its_position() {
    let good = new_secret();
    let secrets = format!("{good},rubbish-not-a-secret!");
    let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", Some(&secrets))]).await;
    assert_opaque_error(&usher.deliver("{}").await);
    let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET").await;
    assert!(line.contains("entry 2"), "{line}");
    let log = usher.logs().lines().join("\n");
    assert!(!log.contains("rubbish") && !log.contains(&good), "{log}");
    // The other functions do not read this variable.
    get_me(&usher).await.expect_unauthorized("no-token");
}
