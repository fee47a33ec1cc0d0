//! Outages: Clerk is down, slow or sends an invalid response.

use std::time::Duration;

use clerk_emulator::InjectedFault;
use harness::{Key, Usher, eventually, new_user_id};
use usher_auth::VerifyError;

use super::{Fixture, JWKS, MINUTE, advance_clock};

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> InjectedFault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    InjectedFault::Response { status, headers: headers.collect(), body: body.to_owned() }
}

#[tokio::test]
async fn cached_keys_are_used_for_an_hour_while_clerk_is_down() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    advance_clock(6 * MINUTE).await;
    for verdict in fixture.verify_concurrently(&fixture.valid_token()).await {
        assert!(verdict.is_ok(), "{verdict:?}");
    }
    assert_eq!(fixture.count_fetches(), 2);
    for _ in 0..5 {
        advance_clock(10 * MINUTE).await;
        fixture.assert_accepts().await;
    }
    assert_eq!(fixture.count_fetches(), 7);

    advance_clock(4 * MINUTE).await;
    for _ in 0..3 {
        // Keys this old are not used for any caller, also not for a caller that does not try to fetch.
        fixture.assert_keys_unavailable().await;
    }
    fixture.usher.clerk().clear_faults();
    advance_clock(Duration::from_secs(1)).await;
    fixture.assert_accepts().await;
}

/// The token may be signed with a new key.
#[tokio::test]
async fn an_unmatched_token_is_not_judged_during_a_key_outage() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let forged = fixture.usher.token(&new_user_id()).signed_by(&Key::generate());
    for token in [fixture.token_with_unknown_kid(), forged] {
        for verdict in fixture.verify_concurrently(&token).await {
            assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
        }
    }
    fixture.assert_accepts().await;
    assert_eq!(fixture.count_fetches(), 2);
}

#[tokio::test]
async fn concurrent_requests_without_keys_share_one_fetch() {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let fixture = Fixture::of(usher).await;
    for fetches in [2, 3] {
        advance_clock(Duration::from_secs(1)).await;
        for verdict in fixture.verify_concurrently(&fixture.valid_token()).await {
            assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
        }
        assert_eq!(fixture.count_fetches(), fetches);
    }
    fixture.usher.clerk().clear_faults();
    advance_clock(Duration::from_secs(1)).await;
    fixture.assert_accepts().await;
}

#[tokio::test]
async fn the_wait_for_a_silent_issuer_ends_after_two_seconds() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::NoResponse);
    advance_clock(5 * MINUTE).await;
    // The paused clock advances to the next timer, which is the time-out of the request.
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    fixture.assert_accepts().await;
    assert_eq!(start.elapsed().as_secs(), 2);
    tokio::time::resume();
    advance_clock(60 * MINUTE).await;
    tokio::time::pause();
    fixture.assert_keys_unavailable().await;
}

#[tokio::test]
async fn an_invalid_key_set_leaves_the_cached_keys_in_use() {
    for (row, fault) in [
        ("HTML", response(200, &[], "<html>")),
        ("an empty list of keys", response(200, &[], r#"{"keys":[]}"#)),
        ("keys that are not a list", response(200, &[], r#"{"keys":{}}"#)),
        ("another type", response(200, &[], "[]")),
        ("not found", response(404, &[], "{}")),
        ("a redirect", response(302, &[("location", "/v1/elsewhere")], "")),
    ] {
        let fixture = Fixture::new().await;
        fixture.usher.clerk().inject_fault("GET", JWKS, fault);
        advance_clock(6 * MINUTE).await;
        fixture.assert_accepts().await;
        assert_eq!(fixture.count_fetches(), 2, "{row}");
        assert_eq!(fixture.usher.clerk().count_requests("GET", "/v1/elsewhere"), 0, "{row}");
        advance_clock(60 * MINUTE).await;
        fixture.assert_keys_unavailable().await;
    }
}

#[tokio::test]
async fn a_key_set_is_limited_to_64_kb() {
    for (row, padding, is_accepted) in [("large", 60 * 1024, true), ("too large", 64 * 1024, false)] {
        let usher = Usher::with_options(|_| {}).await;
        let mut keys = usher.clerk().jwks();
        keys["padding"] = "x".repeat(padding).into();
        usher.clerk().override_jwks(Some(keys));
        let fixture = Fixture::of(usher).await;
        assert_eq!(fixture.verify(&fixture.valid_token()).await.is_ok(), is_accepted, "{row}");
    }
}

#[tokio::test]
async fn a_function_started_while_clerk_is_down_recovers() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let answer = usher.get("/users/me", &usher.session_token(&ada)).await;
    answer.expect_problem(503, "keys-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    usher.clerk().clear_faults();
    let recovered = async || (usher.get("/users/me", &usher.session_token(&ada)).await.status == 200).then_some(());
    eventually("a response after the recovery", recovered).await;
}
