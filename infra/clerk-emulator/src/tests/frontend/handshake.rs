//! The handshake of an app's server.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, Url, header};
use serde_json::{Value, json};

use super::{ORIGIN, browser::Browser};
use crate::tests::{Setup, first_error};

const PATH: &str = "/v1/client/handshake?redirect_url=http%3A%2F%2Flocalhost%3A3002%2Fme%3Fa%3D1";

/// Asks for a handshake, and returns the parameters of the address to which the browser goes back.
async fn handshake(browser: &mut Browser, query: &str) -> Vec<(String, String)> {
    let response = browser.send(Method::GET, &format!("{PATH}{query}"), &[]).await;
    assert_eq!(response.status().as_u16(), 307);
    let target = Url::parse(response.headers()[header::LOCATION].to_str().unwrap()).unwrap();
    assert!(target.as_str().starts_with("http://localhost:3002/me?a=1&"), "{target}");
    target.query_pairs().into_owned().skip(1).collect()
}

/// Reads the cookies of a signed handshake, whose signature must be that of the instance.
fn cookies_of(setup: &Setup, token: &str) -> Vec<String> {
    let payload: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(setup.clerk.mint_token(header, payload.clone()).unwrap(), token);
    serde_json::from_value(payload["handshake"].clone()).unwrap()
}

fn value<'a>(cookies: &'a [String], name: &str) -> &'a str {
    let start = format!("{name}=");
    let cookie = cookies.iter().find_map(|cookie| cookie.strip_prefix(&start)).unwrap();
    cookie.split(';').next().unwrap()
}

#[tokio::test]
async fn a_browser_that_is_signed_out_gets_a_dev_browser() {
    let setup = Setup::new().await;
    let params = handshake(&mut Browser::new(&setup), "").await;
    assert_eq!(params[0].0, "__clerk_handshake");
    let cookies = cookies_of(&setup, &params[0].1);
    assert!(value(&cookies, "__clerk_db_jwt").starts_with("dvb_"));
    assert_eq!((value(&cookies, "__client_uat"), value(&cookies, "__session")), ("0", ""));
    assert_eq!(cookies.len(), 3);
}

#[tokio::test]
async fn both_formats_have_the_cookies_of_the_session() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    let mut browser = Browser::new(&setup);
    let session = browser.sign_in().await;
    let client = browser.get("/v1/client").await["response"].clone();
    let token = handshake(&mut browser, "&format=token&suffixed_cookies=false").await;
    let by_token = cookies_of(&setup, &token[0].1);
    let nonce = handshake(&mut browser, "&format=nonce&suffixed_cookies=true").await;
    assert_eq!(nonce[0].0, "__clerk_handshake_nonce");
    let payload = format!("/v1/clients/handshake_payload?nonce={}", nonce[0].1);
    let (status, body) = setup.get(&payload).await;
    assert_eq!(status, 200);
    let by_nonce: Vec<String> = serde_json::from_value(body["directives"].clone()).unwrap();
    // A nonce is good for one time.
    let (status, error) = setup.get(&payload).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));

    let suffix = by_nonce.iter().find_map(|cookie| cookie.strip_prefix("__session_")).unwrap();
    assert_eq!(suffix.split_once('=').unwrap().0.len(), 8);
    assert_eq!((by_token.len(), by_nonce.len()), (3, 6));
    for cookies in [by_token, by_nonce] {
        let claims = setup.claims(&json!(value(&cookies, "__session"))).await;
        assert_eq!((&claims["sid"], &claims["sub"], &claims["azp"]), (&json!(session), &json!(user), &json!(ORIGIN)));
        let updated_at = client["updated_at"].as_i64().unwrap() / 1000;
        assert_eq!(value(&cookies, "__client_uat"), updated_at.to_string());
        assert!(claims["iat"].as_i64().unwrap() >= updated_at);
    }
}

#[tokio::test]
async fn a_handshake_leads_only_to_this_machine() {
    let setup = Setup::new().await;
    let mut browser = Browser::new(&setup);
    for target in
        ["https://evil.example/", "http://localhost.evil.example", "javascript:alert(1)", "//evil.example", ""]
    {
        let target: String =
            Url::parse_with_params("a:", [("redirect_url", target)]).unwrap().query().unwrap().to_owned();
        let refused = browser.refused(Method::GET, &format!("/v1/client/handshake?{target}"), &[]).await;
        assert_eq!((refused.0, refused.2.as_str()), (422, "redirect_url"), "{target}");
    }
    let refused = browser.refused(Method::GET, &format!("{PATH}&format=xml"), &[]).await;
    assert_eq!((refused.0, refused.2.as_str()), (422, "format"));
}
