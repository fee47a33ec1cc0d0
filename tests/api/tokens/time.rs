//! Times: a token is valid for its minute, and clocks may differ by 5 s.

use std::time::Duration;

use harness::{Answer, Token, Usher, within};
use serde_json::{Value, json};

use super::{assert_all_refused, create_user};

/// Sends `GET /users/me` with a changed token until a request takes less than 0.9 s. The cases on the two sides of a
/// limit are a second or more apart, so a slower request could blur them.
async fn get_me_in_time(usher: &Usher, user: &str, change: fn(Token) -> Token) -> Answer {
    let exchange = async || usher.get("/users/me", &change(usher.token(user)).minted_by(usher.clerk())).await;
    within(Duration::from_millis(900), exchange).await
}

#[tokio::test]
async fn a_clock_may_be_off_by_at_most_5_s() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    type Row = (&'static str, fn(Token) -> Token, Option<&'static str>);
    let rows: [Row; 8] = [
        ("exp 4 s ago", |t| t.claim_from_now("exp", -4.0), None),
        ("exp 6 s ago", |t| t.claim_from_now("exp", -6.0), Some("exp")),
        ("nbf 4 s ahead", |t| t.claim_from_now("nbf", 4.0), None),
        ("nbf 7 s ahead", |t| t.claim_from_now("nbf", 7.0), Some("nbf")),
        ("iat 4 s ahead", |t| t.claim_from_now("iat", 4.0), None),
        ("iat 7 s ahead", |t| t.claim_from_now("iat", 7.0), Some("iat")),
        ("exp of last year", |t| t.claim_from_now("exp", -31_536_000.0), Some("exp")),
        (
            "nbf and iat of last year",
            |t| t.claim_from_now("nbf", -31_536_000.0).claim_from_now("iat", -31_536_000.0),
            None,
        ),
    ];
    for (row, change, reason) in rows {
        let answer = get_me_in_time(&usher, &ada, change).await.labeled(row);
        match reason {
            None => assert_eq!(answer.expect_json()["id"], ada, "{row}"),
            Some(reason) => {
                let detail = answer.expect_unauthorized("invalid-token");
                assert!(detail.contains(reason), "{row}: {detail}");
            }
        }
    }
}

#[tokio::test]
async fn a_missing_or_malformed_time_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("exp absent", "exp", |t| t.without("exp")),
            ("exp null", "exp", |t| t.claim("exp", Value::Null)),
            ("exp a string", "exp", |t| t.claim("exp", "4102444800")),
            ("exp an array", "exp", |t| t.claim("exp", json!([4_102_444_800_u64]))),
            ("exp before 1970", "exp", |t| t.claim("exp", -1)),
            ("nbf a string", "nbf", |t| t.claim("nbf", "1700000000")),
            ("iat a string", "iat", |t| t.claim("iat", "1700000000")),
        ],
    )
    .await;
}
