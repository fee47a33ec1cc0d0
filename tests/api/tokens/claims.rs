//! Claims: a required claim that is absent, null, a number or an array is refused.

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
            ("an array with the valid issuer", "iss", |t| {
                let issuer = json!([t.issuer()]);
                t.claim("iss", issuer)
            }),
            ("with a trailing slash", "iss", |t| {
                let issuer = format!("{}/", t.issuer());
                t.claim("iss", issuer)
            }),
            ("in capitals", "iss", |t| {
                let issuer = t.issuer().to_uppercase();
                t.claim("iss", issuer)
            }),
            ("with the valid issuer as prefix", "iss", |t| {
                let issuer = format!("{}.evil.example", t.issuer());
                t.claim("iss", issuer)
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_token_without_a_user_as_subject_is_refused() {
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
            ("with a key separator", "sub", |t| t.claim("sub", "user_1#USER")),
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

/// Clerk issues such tokens while a user still has a task to complete, such as choosing an organization.
#[tokio::test]
async fn a_pending_session_counts_as_signed_out() {
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
async fn claims_that_are_not_an_object_are_refused() {
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

/// The stack that all tests share has neither parties nor audiences configured.
#[tokio::test]
async fn any_origin_and_audience_are_accepted_by_default() {
    assert_all_accepted(
        &Usher::shared().await,
        &[
            ("azp absent", |t| t.without("azp")),
            ("azp of any origin", |t| t.claim("azp", "https://app.example.com")),
            ("aud absent", |t| t.without("aud")),
            ("aud present", |t| t.claim("aud", "convex")),
            ("several aud", |t| t.claim("aud", json!(["convex", "other"]))),
            ("an unknown claim", |t| t.claim("plan", json!({"seats": 3}))),
        ],
    )
    .await;
}
