//! What is configured wrong is said in the log, by its name and never by its value.

mod foreign_key;
mod own_instance;
mod parameters;

use harness::Usher;
use reqwest::Method;

async fn get_me(usher: &Usher) -> harness::Answer {
    usher.call(Method::GET, "/users/me", &[], Vec::new()).await
}

/// The gateway's own words, for there is no function to say anything: nothing of the reason reaches the caller.
#[track_caller]
fn assert_says_nothing(answer: &harness::Answer) {
    answer.assert_status(500);
    assert_eq!(answer.body, r#"{"message":"Internal Server Error"}"#);
}

#[tokio::test]
async fn a_function_that_cannot_start_says_which_variable_is_wrong() {
    let key = "-----BEGIN PUBLIC KEY-----\nrubbish-not-a-key\n-----END PUBLIC KEY-----";
    for (row, variable, value) in [
        ("no issuer", "CLERK_ISSUER", None),
        ("a blank issuer", "CLERK_ISSUER", Some(" ")),
        ("an issuer that is no URL", "CLERK_ISSUER", Some("rubbish-not-an-issuer")),
        ("an issuer that is not secure", "CLERK_ISSUER", Some("http://rubbish.example.com")),
        ("a key that is none", "CLERK_JWT_KEY", Some(key)),
        ("no table", "TABLE_NAME", None),
        (
            "a party that is no origin",
            "CLERK_AUTHORIZED_PARTIES",
            Some("https://a.example.com,https://rubbish.example.com/"),
        ),
        ("a party without a scheme", "CLERK_AUTHORIZED_PARTIES", Some("rubbish.example.com")),
        ("a secret key that is none", "CLERK_SECRET_KEY", Some("rubbish")),
        ("an address that is not secure", "CLERK_API_URL", Some("http://rubbish.example.com")),
    ] {
        let usher = Usher::with_environment([(variable, value)]).await;
        assert_says_nothing(&get_me(&usher).await.labeled(row));
        let line = usher.logs().line_with(variable).await;
        assert!(line.contains("get-current-user"), "{row}: {line}");
        // And again: every request gets a fresh process, and the same answer.
        assert_says_nothing(&get_me(&usher).await.labeled(row));
        let log = usher.logs().lines().join("\n");
        assert!(!log.contains("rubbish"), "{row}: {log}");
    }
}

#[tokio::test]
async fn minutes_of_reverification_that_are_none_are_named() {
    for minutes in ["0", "-1", "1441", "ten"] {
        let usher = Usher::with_environment([("CLERK_REVERIFICATION_MINUTES", Some(minutes))]).await;
        assert_says_nothing(&usher.call(Method::DELETE, "/users/me", &[], Vec::new()).await.labeled(minutes));
        usher.logs().line_with("CLERK_REVERIFICATION_MINUTES").await;
    }
}

#[tokio::test]
async fn a_publishable_key_that_is_none_is_named() {
    let usher =
        Usher::with_environment([("CLERK_ISSUER", None), ("CLERK_PUBLISHABLE_KEY", Some("pk_test_rubbish"))]).await;
    assert_says_nothing(&get_me(&usher).await);
    usher.logs().line_with("CLERK_PUBLISHABLE_KEY").await;
    assert!(!usher.logs().lines().join("\n").contains("rubbish"));
}

/// The keys of development and of production are told apart by their names, and so are the issuers.
#[tokio::test]
async fn a_secret_key_of_another_kind_of_instance_is_refused() {
    for (issuer, key) in
        [("https://happy-1.clerk.accounts.dev", "sk_live_rubbish"), ("https://clerk.example.com", "sk_test_rubbish")]
    {
        let usher = Usher::with_environment([
            ("CLERK_ISSUER", Some(issuer)),
            ("CLERK_JWT_KEY", Some(&harness::Key::generate().public_pem())),
            ("CLERK_SECRET_KEY", Some(key)),
        ])
        .await;
        assert_says_nothing(&get_me(&usher).await);
        usher.logs().line_with("CLERK_SECRET_KEY").await;
        assert!(!usher.logs().lines().join("\n").contains("rubbish"));
    }
}

#[tokio::test]
async fn an_instance_id_that_is_none_is_named_before_it_refuses_every_webhook() {
    let usher = Usher::with_environment([("CLERK_INSTANCE_ID", Some("rubbish"))]).await;
    assert_says_nothing(&usher.deliver("{}").await);
    let line = usher.logs().line_with("CLERK_INSTANCE_ID").await;
    assert!(line.contains("ins_"), "{line}");
}

#[tokio::test]
async fn a_webhook_secret_that_is_none_is_named_by_its_place() {
    let good = harness::new_secret();
    let secrets = format!("{good},rubbish-not-a-secret!");
    let usher = Usher::with_environment([("CLERK_WEBHOOK_SECRET", Some(&secrets))]).await;
    assert_says_nothing(&usher.deliver("{}").await);
    let line = usher.logs().line_with("CLERK_WEBHOOK_SECRET").await;
    assert!(line.contains("entry 2"), "{line}");
    let log = usher.logs().lines().join("\n");
    assert!(!log.contains("rubbish") && !log.contains(&good), "{log}");
    // The other functions have no part in that.
    get_me(&usher).await.expect_unauthorized("no-token");
}
