//! Errors: what they tell, what they hide, and what is repeated.

use std::{error::Error as _, time::Duration};

use harness::Usher;
use serde_json::json;
use usher_client::{
    Client, Error, RetryPolicy, TokenSource, Unreadable,
    contract::{ClerkUserId, CreateThread, ProblemCode},
};

use crate::{
    caller::Caller,
    client::{
        new_client,
        scripted_server::{ScriptedServer, response},
    },
};

const TOKEN: &str = "the-secret-token";

/// A client of the server, with a token that must not be seen.
fn client_of(server: &ScriptedServer) -> Client {
    Client::new(&server.url, TokenSource::fixed(TOKEN)).unwrap()
}

/// All texts of an error and its sources.
fn texts(error: &Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error:?} {error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn a_problem_has_its_code_and_the_id_of_the_log() {
    let usher = Usher::with_options(|_| {}).await;
    let (ada, client) = new_client(&usher).await;
    let large = json!({"text": "a".repeat(17_000)});
    let error = client.update_settings(large.as_object().unwrap(), None).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Some(ProblemCode::SettingsTooLarge), Some(422)));
    assert!(!error.is_retryable());
    let line = usher.logs().line_with(error.request_id().unwrap()).await;
    assert!(line.contains("update-settings"), "{line}");
    let Error::Problem { details, .. } = &error else { panic!("{error:?}") };
    assert_eq!(details.errors.iter().next().unwrap().field, "body");
    assert!(!texts(&error).contains(&usher.session_token(&ada.id)));
}

#[tokio::test]
async fn a_route_that_does_not_exist_is_an_error_of_the_gateway() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let url = format!("{}/v2", usher.api_url());
    let client = Client::new(&url, TokenSource::fixed(usher.session_token(&ada.id))).unwrap();
    let error = client.get_current_user().await.unwrap_err();
    let Error::Gateway { status: 404, message: Some(message), request_id: Some(_), .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((message.as_str(), error.code()), ("Not Found", None));
}

#[tokio::test]
async fn passing_failures_are_repeated_with_one_key() {
    let gateway = |status, message: &str| response(status, &[], json!({"message": message}).to_string());
    let thread = json!({"id": "0199e0a0-0000-7000-8000-000000000000", "title": null, "created_at": 1, "updated_at": 1});
    let server = ScriptedServer::start([
        gateway(429, "Too Many Requests"),
        gateway(503, "Service Unavailable"),
        response(502, &[], "<html>"),
        response(504, &[("content-type", "application/problem+json")], "{}"),
        response(201, &[], thread.to_string()),
    ])
    .await;
    let thread = client_of(&server).create_thread(&CreateThread::default(), None).await.unwrap();
    assert_eq!(thread.title, None);
    let keys = server.header("idempotency-key");
    assert_eq!(keys.len(), 5);
    assert!(keys[0].len() == 36 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert!(server.header("authorization").iter().all(|value| *value == format!("Bearer {TOKEN}")));
}

#[tokio::test]
async fn other_failures_are_not_repeated() {
    for status in [300, 302, 400, 403, 404, 409, 418, 422, 500, 501] {
        let server = ScriptedServer::start([response(status, &[("location", "/elsewhere")], "")]).await;
        let error = client_of(&server).get_settings().await.unwrap_err();
        assert_eq!((error.status(), server.header("host").len()), (Some(status), 1), "{error:?}");
    }
}

#[tokio::test]
async fn the_wait_of_a_response_is_part_of_the_error() {
    let server = ScriptedServer::start([response(503, &[("retry-after", " 7 ")], "")]).await;
    let error = client_of(&server).with_retry_policy(RetryPolicy::NONE).get_settings().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_response_that_is_not_the_promised_one_is_unreadable() {
    let user = json!({"id": 7}).to_string();
    let large = "a".repeat(6 * 1024 * 1024 + 1);
    let server = ScriptedServer::start([
        response(200, &[("apigw-requestid", "id-1")], user),
        response(200, &[], large),
        response(200, &[], "{}"),
    ])
    .await;
    let client = client_of(&server);
    let error = client.get_current_user().await.unwrap_err();
    assert_eq!(error.request_id(), Some("id-1"));
    let reason = |error| match error {
        Error::UnreadableResponse { status: 200, reason, .. } => reason,
        error => panic!("{error:?}"),
    };
    assert_eq!(reason(error), Unreadable::Json("must be a string".to_owned()));
    assert_eq!(reason(client.get_current_user().await.unwrap_err()), Unreadable::TooLarge);
    assert_eq!(reason(client.get_settings().await.unwrap_err()), Unreadable::NoVersion);
}

#[tokio::test]
async fn no_text_holds_a_token_or_the_id_of_a_user() {
    // AWS quotes the header of a request that it cannot read.
    let quoted = json!({"message": format!("Invalid header: 'Bearer {TOKEN}'")}).to_string();
    let answers = [response(401, &[], "no"), response(200, &[], "[]"), response(403, &[], quoted)];
    let server = ScriptedServer::start(answers).await;
    let client = client_of(&server).with_retry_policy(RetryPolicy::NONE);
    let user = ClerkUserId::parse("user_secret").unwrap();
    let unreachable = Client::new("http://127.0.0.1:1", TokenSource::fixed(TOKEN)).unwrap();
    let errors = [
        client.get_user(&user).await.unwrap_err(),
        client.get_user(&user).await.unwrap_err(),
        client.get_user(&user).await.unwrap_err(),
        unreachable.with_retry_policy(RetryPolicy::NONE).get_user(&user).await.unwrap_err(),
        Client::new("https://user:the-secret-token@example.com", TokenSource::fixed(TOKEN)).unwrap_err(),
    ];
    for text in errors.iter().map(texts).chain([format!("{client:?}")]) {
        assert!(!text.contains(TOKEN) && !text.contains("user_secret"), "{text}");
    }
    assert!(errors[2].to_string().contains("Invalid header: 'Bearer …'"), "{}", errors[2]);
    assert!(errors[3].is_retryable() && matches!(errors[3], Error::Transport(_)), "{:?}", errors[3]);
}
