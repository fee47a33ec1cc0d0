//! An instance that is kept in a file.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use usher_loopback::Hosts;

use super::{SECRET, Setup, answer, serve};
use crate::{Clerk, ClerkError, Options};

fn options(path: &Path) -> Options {
    Options { data: Some(path.to_owned()), webhook_url: "http://127.0.0.1:9".to_owned(), ..Options::default() }
}

impl Setup {
    /// Starts an instance with this data file. Its webhooks reach nobody.
    pub(super) async fn keeping(path: &Path) -> Self {
        let clerk = Clerk::new(Options { retry_delays: Vec::new(), ..options(path) }).unwrap();
        let base = serve(clerk.guarded_router(None, &Hosts::default())).await;
        let deliveries = tokio::sync::mpsc::unbounded_channel().1;
        Self { clerk, base, client: reqwest::Client::new(), deliveries }
    }

    async fn users_and_sessions(&self, user: &str) -> [Value; 3] {
        let sessions = self.get(&format!("/v1/sessions?user_id={user}")).await.1;
        [self.get("/v1/users").await.1, sessions, self.get("/.well-known/jwks.json").await.1]
    }
}

/// Copies a data file, because the server of a test keeps its lock.
pub(super) fn copy(path: &Path, name: &str) -> std::path::PathBuf {
    let copied = path.with_file_name(name);
    std::fs::copy(path, &copied).unwrap();
    copied
}

#[tokio::test]
async fn a_kept_instance_is_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/clerk.json");
    let first = Setup::keeping(&path).await;
    let mut ids = Vec::new();
    for name in ["ada", "bob"] {
        let body = json!({"username": name, "public_metadata": {"a": {"b": 1}}, "email_address": [format!("{name}@example.com")]});
        ids.push(first.call(Method::POST, "/v1/users", body).await.1["id"].as_str().unwrap().to_owned());
    }
    let (_, session) = first.call(Method::POST, "/v1/sessions", json!({"user_id": ids[0]})).await;
    let (_, revoked) = first.call(Method::POST, "/v1/sessions", json!({"user_id": ids[0]})).await;
    answer(first.request(Method::POST, &format!("/v1/sessions/{}/revoke", revoked["id"].as_str().unwrap()))).await;
    let before = first.users_and_sessions(&ids[0]).await;
    let token = first.clerk.mint_token(first.clerk.session_header(), first.clerk.session_claims(&ids[0], "s")).unwrap();
    let secrets =
        [first.clerk.secret_key(), first.clerk.webhook_secret(), first.clerk.instance_id()].map(str::to_owned);

    let second = Setup::keeping(&copy(&path, "copy.json")).await;
    assert_eq!(second.users_and_sessions(&ids[0]).await, before);
    let kept = [second.clerk.secret_key(), second.clerk.webhook_secret(), second.clerk.instance_id()];
    assert_eq!(kept, secrets.each_ref().map(String::as_str));
    assert_eq!(second.verify(&token).await.claims["sub"], ids[0]);
    let path = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    assert_eq!(answer(second.request(Method::POST, &path)).await.0, 200);
    assert_eq!(second.get("/v1/users?order_by=%2Bcreated_at").await.1[0]["id"], ids[0]);
}

#[tokio::test]
async fn every_change_is_kept_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let setup = Setup::keeping(&path).await;
    let user = setup.clerk.add_users(1).remove(0);
    let mut last = std::fs::read(&path).unwrap();
    for (method, path_of_change) in [
        (Method::PATCH, format!("/v1/users/{user}")),
        (Method::POST, format!("/v1/users/{user}/ban")),
        (Method::POST, "/v1/sessions".to_owned()),
        (Method::POST, "/v1/sign_in_tokens".to_owned()),
        (Method::DELETE, format!("/v1/users/{user}")),
    ] {
        let body = if path_of_change.contains("users/") { json!({}) } else { json!({"user_id": user}) };
        let (status, answered) = setup.call(method, &path_of_change, body).await;
        assert_eq!(status, 200, "{path_of_change} {answered}");
        let saved = std::fs::read(&path).unwrap();
        assert_ne!(saved, last, "{path_of_change}");
        last = saved;
    }
    setup.clerk.rotate_key_to("ins_other").unwrap();
    let other = Clerk::new(options(&copy(&path, "copy.json"))).unwrap();
    assert_eq!((other.key_id(), other.jwks()), ("ins_other".to_owned(), setup.clerk.jwks()));
}

#[tokio::test]
async fn a_file_belongs_to_one_emulator_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let first = Clerk::new(options(&path)).unwrap();
    let Err(error) = Clerk::new(options(&path)) else { panic!("two emulators have one file") };
    assert_eq!(error.to_string(), format!("another emulator uses {}", path.display()));
    let id = first.instance_id().to_owned();
    drop(first);
    assert_eq!(Clerk::new(options(&path)).unwrap().instance_id(), id);
}

#[test]
fn a_given_secret_is_used_and_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let given = Options {
        secret_key: Some("sk_test_given".to_owned()),
        webhook_secret: Some(SECRET.to_owned()),
        ..options(&path)
    };
    let clerk = Clerk::new(given).unwrap();
    assert_eq!((clerk.secret_key(), clerk.webhook_secret()), ("sk_test_given", SECRET));
    drop(clerk);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("sk_test_given") && !text.contains(SECRET));
    assert_ne!(Clerk::new(options(&path)).unwrap().secret_key(), "sk_test_given");
}

#[test]
fn an_unreadable_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    for (text, reason) in [
        ("{\"secret\": 1", "is not the file of an emulator (line 1)"),
        (
            r#"{"version":9,"instance_id":"","key_id":"","private_key":"","secret_key":"","webhook_secret":"","users":[],
            "sessions":[],"sign_in_tokens":[]}"#,
            "has version 9 of the format, not 1",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let Err(error) = Clerk::new(options(&path)) else { panic!("{text}") };
        assert!(matches!(error, ClerkError::Data { .. }));
        assert_eq!(error.to_string(), format!("{}: {reason}", path.display()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let _clerk = Clerk::new(options(&path)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
