//! The `Authorization` header and the three parts of a token.

use harness::{Usher, new_user_id};
use reqwest::Method;
use serde_json::json;

use super::{assert_accepted, assert_refused, create_user};

const MAX_TOKEN_BYTES: usize = 16 * 1024;

#[tokio::test]
async fn a_missing_token_gets_401_except_on_the_status_route() {
    let usher = Usher::shared().await;
    let me = usher.call(Method::GET, "/users/me", &[], Vec::new()).await;
    me.expect_unauthorized("no-token");
    usher.call(Method::GET, "/users/user_1", &[], Vec::new()).await.expect_unauthorized("no-token");
    let status = usher.call(Method::GET, "/users/me/status", &[], Vec::new()).await;
    assert_eq!(status.expect_json(), json!({"status": "no_token"}));
}

#[tokio::test]
async fn only_a_single_bearer_token_is_accepted() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    let token = usher.session_token(&ada);
    let one = |value: String| vec![("authorization", value)];
    for (row, headers) in [
        ("Basic", one("Basic dXNlcjpwYXNzd29yZA==".into())),
        ("the token as Basic", one(format!("Basic {token}"))),
        ("the token alone", one(token.clone())),
        ("Bearer alone", one("Bearer".into())),
        ("two tokens in one header", one(format!("Bearer {token} {token}"))),
        ("two tokens and a comma", one(format!("Bearer {token},{token}"))),
        ("two headers", [one(format!("Bearer {token}")), one(format!("Bearer {token}"))].concat()),
        ("two headers of two schemes", [one("Basic dTpw".into()), one(format!("Bearer {token}"))].concat()),
    ] {
        for path in ["/users/me", "/users/me/status"] {
            usher.call(Method::GET, path, &headers, Vec::new()).await.labeled(row).expect_unauthorized("invalid-token");
        }
    }
    // RFC 9110 §11.1: the scheme is case-insensitive.
    usher.call(Method::GET, "/users/me", &one(format!("bearer {token}")), Vec::new()).await.expect_json();
}

#[tokio::test]
async fn a_token_is_limited_to_16_kb() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    let padded = |padding: usize| usher.token(&ada).claim("padding", "x".repeat(padding)).minted_by(usher.clerk());
    // Base64 turns three bytes of claims into four bytes of the token.
    let padding = (MAX_TOKEN_BYTES - padded(0).len()) / 4 * 3;
    let longest = (0..4).map(|more| padded(padding + more)).rfind(|token| token.len() <= MAX_TOKEN_BYTES).unwrap();
    assert!(longest.len() > MAX_TOKEN_BYTES - 4);
    assert_accepted(&usher, "16 KB", &ada, &longest).await;
    assert_refused(&usher, "over 16 KB", &padded(padding + 6), "16384").await;
}

#[tokio::test]
async fn a_token_needs_three_nonempty_parts() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    let token = usher.session_token(&ada);
    let [header, claims, signature] = *token.split('.').collect::<Vec<_>>() else { panic!("{token}") };
    for (row, token) in [
        ("one part", header.to_owned()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{token}.{signature}")),
        ("four parts, one empty", format!("{token}.")),
        ("no header", format!(".{claims}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("no signature", format!("{header}.{claims}.")),
        ("dots alone", "..".into()),
        ("a header that is not base64", format!("%%%.{claims}.{signature}")),
        ("a header that is not JSON", format!("aGVsbG8.{claims}.{signature}")),
        ("a header that is not an object", format!("W10.{claims}.{signature}")),
    ] {
        assert_refused(&usher, row, &token, "").await;
    }
}

#[tokio::test]
async fn a_valid_token_before_the_webhook_gets_user_not_synced() {
    let usher = Usher::shared().await;
    let early = new_user_id();
    let answer = usher.get("/users/me", &usher.session_token(&early)).await;
    answer.expect_problem(404, "user-not-synced");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let status = usher.get("/users/me/status", &usher.session_token(&early)).await.expect_json();
    assert_eq!((&status["status"], &status["identity"]["subject"]), (&json!("not_synced"), &json!(early)));
    assert_eq!(status.get("user"), None);
}
