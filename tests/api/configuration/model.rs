//! Invalid configuration of the language model.

use harness::{Answer, Usher};
use reqwest::Method;

async fn ask(usher: &Usher) -> Answer {
    let path = "/stream/threads/0192f0c1-2345-7abc-8def-0123456789ab/replies";
    usher.call(Method::POST, path, &[], Vec::new()).await
}

/// Asserts the own response of a REST API. The function did not start, and the caller learns no reason.
#[track_caller]
fn assert_opaque_error(answer: &Answer) {
    answer.assert_status(502);
    assert_eq!(answer.body, r#"{"message":"Internal server error"}"#);
}

#[tokio::test]
async fn an_invalid_variable_of_the_model_is_named_in_the_log() {
    let (url, timeout) =
        ("must be https://<host>/v1 without a password", "must be a whole number of seconds, 1 to 840");
    for (variable, value, expected) in [
        ("MODEL_URL", Some("rubbish"), url),
        ("MODEL_URL", Some("http://rubbish.example.com/v1"), url),
        ("MODEL_URL", Some("https://ada:rubbish@models.example.com/v1"), url),
        ("MODEL_URL", Some("https://models.example.com/v1?key=rubbish"), url),
        ("MODEL_NAME", None, "is not set; set it to the name of a model"),
        ("MODEL_NAME", Some(" , "), "is not set; set it to the name of a model"),
        ("MODEL_NAME", Some(&format!("good,{}", "rubbish".repeat(20))), "has a name that is not valid"),
        ("MODEL_KEY", Some("rubbish with spaces"), "must be one word of printable ASCII"),
        ("MODEL_TIMEOUT_SECONDS", Some("0"), timeout),
        ("MODEL_TIMEOUT_SECONDS", Some("841"), timeout),
        ("MODEL_TIMEOUT_SECONDS", Some("-1"), timeout),
        ("MODEL_TIMEOUT_SECONDS", Some("1.5"), timeout),
        ("MODEL_TIMEOUT_SECONDS", Some("2 rubbish"), timeout),
        ("MODEL_TITLES", Some("rubbish"), "must be true or false"),
        ("MODEL_TITLES", Some("True"), "must be true or false"),
    ] {
        let row = format!("{variable}={value:?}");
        let usher = Usher::with_environment([(variable, value)]).await;
        assert_opaque_error(&ask(&usher).await.labeled(&row));
        let line = usher.logs().line_with(expected).await;
        assert!(line.contains("create-reply") && line.contains(variable), "{row}: {line}");
        let log = usher.logs().lines().join("\n");
        assert!(!log.contains("rubbish"), "{row}: {log}");
    }
}

#[tokio::test]
async fn a_key_of_the_model_has_one_source() {
    let usher =
        Usher::with_environment([("MODEL_KEY", Some("rubbish")), ("MODEL_KEY_PARAMETER", Some("/usher/key"))]).await;
    assert_opaque_error(&ask(&usher).await);
    let line = usher.logs().line_with("MODEL_KEY_PARAMETER").await;
    assert!(line.contains("is set together with MODEL_KEY; set one of the two"), "{line}");
    assert!(!usher.logs().lines().join("\n").contains("rubbish"));
}

/// An operator who wants no replies leaves the URL blank, and may leave the other variables as they are.
#[tokio::test]
async fn without_a_url_no_other_variable_of_the_model_counts() {
    let usher =
        Usher::with_environment([("MODEL_URL", Some(" ")), ("MODEL_NAME", None), ("MODEL_TITLES", Some("no"))]).await;
    ask(&usher).await.expect_unauthorized("no-token");
}

/// The other functions do not read the variables of the model.
#[tokio::test]
async fn a_wrong_model_stops_only_the_function_that_asks_it() {
    let usher = Usher::with_environment([("MODEL_URL", Some("rubbish"))]).await;
    let path = "/stream/threads/0192f0c1-2345-7abc-8def-0123456789ab/replies/0192f0c1-2345-7abc-8def-0123456789ab";
    usher.call(Method::GET, path, &[], Vec::new()).await.expect_unauthorized("no-token");
}
