//! What the claims must say: whose, from where, in which session. None may be skipped by being absent, null, a number or
//! an array.

use harness::Usher;
use serde_json::{Value, json};

use super::{assert_all_accepted, assert_all_refused};

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("absent", "iss", |t| t.without("iss")),
            ("null", "iss", |t| t.claim("iss", Value::Null)),
            ("wrong", "iss", |t| t.claim("iss", "https://clerk.example.com")),
            ("empty", "iss", |t| t.claim("iss", "")),
            ("a number", "iss", |t| t.claim("iss", 1)),
            ("an array with the right one", "iss", |t| {
                let issuer = json!([t.issuer()]);
                t.claim("iss", issuer)
            }),
            ("with a slash at its end", "iss", |t| {
                let issuer = format!("{}/", t.issuer());
                t.claim("iss", issuer)
            }),
            ("in capitals", "iss", |t| {
                let issuer = t.issuer().to_uppercase();
                t.claim("iss", issuer)
            }),
            ("with the right beginning", "iss", |t| {
                let issuer = format!("{}.evil.example", t.issuer());
                t.claim("iss", issuer)
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_token_that_is_for_no_user_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("absent", "sub", |t| t.without("sub")),
            ("null", "sub", |t| t.claim("sub", Value::Null)),
            ("empty", "sub", |t| t.claim("sub", "")),
            ("a number", "sub", |t| t.claim("sub", 7)),
            ("an array", "sub", |t| t.claim("sub", json!(["user_1"]))),
            ("a machine", "sub", |t| t.claim("sub", "mch_2abc")),
            ("an organization", "sub", |t| t.claim("sub", "org_2abc")),
            ("a prefix alone", "sub", |t| t.claim("sub", "user_")),
            ("one that reaches for another row", "sub", |t| t.claim("sub", "user_1#USER")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_token_without_a_session_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("absent", "sid", |t| t.without("sid")),
            ("null", "sid", |t| t.claim("sid", Value::Null)),
            ("empty", "sid", |t| t.claim("sid", "")),
            ("a number", "sid", |t| t.claim("sid", 7)),
        ],
    )
    .await;
}

/// Clerk issues such tokens while a user still has something to do, as to choose an organization.
#[tokio::test]
async fn a_session_that_is_pending_counts_as_signed_out() {
    let usher = Usher::shared().await;
    assert_all_refused(
        &usher,
        &[
            ("pending", "sts", |t| t.claim("sts", "pending")),
            ("a number", "sts", |t| t.claim("sts", 1)),
            ("an array", "sts", |t| t.claim("sts", json!(["active"]))),
        ],
    )
    .await;
    assert_all_accepted(&usher, &[("active", |t| t.claim("sts", "active")), ("absent", |t| t.without("sts"))]).await;
}

#[tokio::test]
async fn claims_that_are_no_object_are_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("an array", "", |t| t.with_claims(json!([]))),
            ("a string", "", |t| t.with_claims(json!("user_1"))),
            ("a number", "", |t| t.with_claims(json!(1))),
            ("null", "", |t| t.with_claims(Value::Null)),
            ("an empty object", "iss", |t| t.with_claims(json!({}))),
        ],
    )
    .await;
}

/// Nothing is configured on the stack that all tests share: neither parties nor audiences.
#[tokio::test]
async fn origin_and_audience_are_free_where_none_is_configured() {
    assert_all_accepted(
        &Usher::shared().await,
        &[
            ("azp absent", |t| t.without("azp")),
            ("azp of any origin", |t| t.claim("azp", "https://app.example.com")),
            ("aud absent", |t| t.without("aud")),
            ("aud present", |t| t.claim("aud", "convex")),
            ("several aud", |t| t.claim("aud", json!(["convex", "other"]))),
            ("claims nobody knows", |t| t.claim("plan", json!({"seats": 3}))),
        ],
    )
    .await;
}
