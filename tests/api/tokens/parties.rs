//! `CLERK_AUTHORIZED_PARTIES`: the origins a token may come from.

use harness::Usher;
use serde_json::{Value, json};

use super::assert_accepted;

#[tokio::test]
async fn where_origins_are_configured_a_token_of_any_other_is_refused() {
    let parties = "https://app.example.com, http://localhost:5173\n";
    let usher = Usher::with_environment([("CLERK_AUTHORIZED_PARTIES", Some(parties))]).await;
    let ada = harness::new_user_id();
    usher.deliver_user_created(&ada).await;
    for party in ["https://app.example.com", "http://localhost:5173"] {
        let token = usher.token(&ada).claim("azp", party).minted_by(usher.clerk());
        assert_accepted(&usher, party, &ada, &token).await;
    }
    for (row, party) in [
        ("foreign", json!("https://evil.example.com")),
        ("with a slash at its end", json!("https://app.example.com/")),
        ("http for https", json!("http://app.example.com")),
        ("in capitals", json!("HTTPS://APP.EXAMPLE.COM")),
        ("another port", json!("http://localhost:5174")),
        ("the beginning of one", json!("https://app.example")),
        ("both, as configured", json!(parties)),
        ("empty", json!("")),
        ("null", Value::Null),
        ("a number", json!(1)),
        ("an array with the right one", json!(["https://app.example.com"])),
    ] {
        let token = usher.token(&ada).claim("azp", party).minted_by(usher.clerk());
        super::assert_refused(&usher, row, &token, "azp").await;
    }
    let token = usher.token(&ada).without("azp").minted_by(usher.clerk());
    super::assert_refused(&usher, "absent", &token, "azp").await;
}
