//! `CLERK_AUTHORIZED_PARTIES`: the allowed origins of a token.

use harness::{Usher, new_user_id};
use serde_json::{Value, json};

use super::{assert_accepted, assert_refused};

#[tokio::test]
async fn a_token_of_an_unconfigured_origin_is_refused() {
    let parties = "https://app.example.com, http://localhost:5173\n";
    let usher = Usher::with_environment([("CLERK_AUTHORIZED_PARTIES", Some(parties))]).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    for party in ["https://app.example.com", "http://localhost:5173"] {
        let token = usher.token(&ada).claim("azp", party).minted_by(usher.clerk());
        assert_accepted(&usher, party, &ada, &token).await;
    }
    for (row, party) in [
        ("foreign", json!("https://evil.example.com")),
        ("with a trailing slash", json!("https://app.example.com/")),
        ("http instead of https", json!("http://app.example.com")),
        ("in capitals", json!("HTTPS://APP.EXAMPLE.COM")),
        ("another port", json!("http://localhost:5174")),
        ("a prefix of an allowed origin", json!("https://app.example")),
        ("both, as configured", json!(parties)),
        ("empty", json!("")),
        ("null", Value::Null),
        ("a number", json!(1)),
        ("an array with an allowed origin", json!(["https://app.example.com"])),
    ] {
        let token = usher.token(&ada).claim("azp", party).minted_by(usher.clerk());
        assert_refused(&usher, row, &token, "azp").await;
    }
    let token = usher.token(&ada).without("azp").minted_by(usher.clerk());
    assert_refused(&usher, "absent", &token, "azp").await;
}
