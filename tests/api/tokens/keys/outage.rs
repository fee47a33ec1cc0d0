//! Clerk when it is down, slow, or answers something else.

use std::time::Duration;

use clerk_emulator::InjectedFault;
use harness::{Usher, eventually, new_user_id};
use usher_auth::VerifyError;

use super::{Fixture, JWKS, MINUTE, later};

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> InjectedFault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    InjectedFault::Response { status, headers: headers.collect(), body: body.to_owned() }
}

#[tokio::test]
async fn while_clerk_is_down_known_keys_are_used_for_an_hour_and_then_nothing_is_judged() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    later(6 * MINUTE).await;
    for verdict in fixture.verify_200(&fixture.good_token()).await {
        assert!(verdict.is_ok(), "{verdict:?}");
    }
    assert_eq!(fixture.fetches(), 2);
    for _ in 0..5 {
        later(10 * MINUTE).await;
        fixture.assert_accepts().await;
    }
    assert_eq!(fixture.fetches(), 7);

    later(4 * MINUTE).await;
    for _ in 0..3 {
        // Not only the one who asks Clerk in vain: nobody is told that a token is bad, or good, by keys that old.
        fixture.assert_keys_unavailable().await;
    }
    fixture.usher.clerk().clear_faults();
    later(Duration::from_secs(1)).await;
    fixture.assert_accepts().await;
}

/// It may be signed with a key that is new.
#[tokio::test]
async fn a_token_that_fits_no_key_is_not_judged_while_the_keys_cannot_be_fetched() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let forged = fixture.usher.token(&new_user_id()).signed_by(&harness::Key::generate());
    for token in [fixture.token_of_unknown_key(), forged] {
        for verdict in fixture.verify_200(&token).await {
            assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
        }
    }
    fixture.assert_accepts().await;
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn without_any_keys_the_many_who_wait_share_one_attempt() {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let fixture = Fixture::of(usher).await;
    for fetches in [2, 3] {
        later(Duration::from_secs(1)).await;
        for verdict in fixture.verify_200(&fixture.good_token()).await {
            assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
        }
        assert_eq!(fixture.fetches(), fetches);
    }
    fixture.usher.clerk().clear_faults();
    later(Duration::from_secs(1)).await;
    fixture.assert_accepts().await;
}

#[tokio::test]
async fn an_issuer_that_never_answers_is_waited_for_two_seconds() {
    let fixture = Fixture::new().await;
    fixture.usher.clerk().inject_fault("GET", JWKS, InjectedFault::NoResponse);
    later(5 * MINUTE).await;
    // Nothing else happens: a clock that stands jumps to the next thing that is waited for.
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    fixture.assert_accepts().await;
    assert_eq!(start.elapsed().as_secs(), 2);
    tokio::time::resume();
    later(60 * MINUTE).await;
    tokio::time::pause();
    fixture.assert_keys_unavailable().await;
}

#[tokio::test]
async fn an_answer_that_is_no_key_set_changes_nothing() {
    for (row, fault) in [
        ("rubbish", answer(200, &[], "<html>")),
        ("no keys in it", answer(200, &[], r#"{"keys":[]}"#)),
        ("keys of no list", answer(200, &[], r#"{"keys":{}}"#)),
        ("another type", answer(200, &[], "[]")),
        ("not found", answer(404, &[], "{}")),
        ("elsewhere", answer(302, &[("location", "/v1/elsewhere")], "")),
    ] {
        let fixture = Fixture::new().await;
        fixture.usher.clerk().inject_fault("GET", JWKS, fault);
        later(6 * MINUTE).await;
        fixture.assert_accepts().await;
        assert_eq!(fixture.fetches(), 2, "{row}");
        assert_eq!(fixture.usher.clerk().count_requests("GET", "/v1/elsewhere"), 0, "{row}");
        later(60 * MINUTE).await;
        fixture.assert_keys_unavailable().await;
    }
}

#[tokio::test]
async fn a_key_set_may_have_64_kb_and_no_more() {
    for (row, padding, is_taken) in [("large", 60 * 1024, true), ("too large", 64 * 1024, false)] {
        let usher = Usher::with_options(|_| {}).await;
        let mut keys = usher.clerk().jwks();
        keys["padding"] = "x".repeat(padding).into();
        usher.clerk().override_jwks(Some(keys));
        let fixture = Fixture::of(usher).await;
        assert_eq!(fixture.verify(&fixture.good_token()).await.is_ok(), is_taken, "{row}");
    }
}

#[tokio::test]
async fn a_function_that_starts_while_clerk_is_down_answers_503_and_recovers() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.clerk().inject_fault("GET", JWKS, InjectedFault::unavailable());
    let answer = usher.get("/users/me", &usher.session_token(&ada)).await;
    answer.expect_problem(503, "keys-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    usher.clerk().clear_faults();
    let recovered = async || (usher.get("/users/me", &usher.session_token(&ada)).await.status == 200).then_some(());
    eventually("an answer after the recovery", recovered).await;
}
