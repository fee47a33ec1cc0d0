//! The cache of the instance's keys: when they are fetched and how long they are kept.
//!
//! These tests advance the clock of tokio. The requests are real.

mod outage;
mod rotation;

use std::time::Duration;

use futures_util::future::join_all;
use harness::{Key, Usher, new_user_id};
use usher_auth::{Issuer, Keys, SessionVerifier, TokenRules, VerifyError};
use usher_contract::Identity;
use usher_http::HttpClient;

pub(crate) const JWKS: &str = "/.well-known/jwks.json";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A verifier like that of a function after Init, and the stack whose emulator is its issuer.
pub(crate) struct Fixture {
    pub(crate) usher: Usher,
    verifier: SessionVerifier,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::of(Usher::with_options(|_| {}).await).await
    }

    pub(crate) async fn of(usher: Usher) -> Self {
        let issuer = Issuer::parse(usher.clerk().issuer()).unwrap();
        let keys = Keys::from_issuer(&issuer, HttpClient::new()).await;
        Self { usher, verifier: SessionVerifier::new(keys.into(), issuer, TokenRules::default()) }
    }

    /// The number of requests for the key set.
    pub(crate) fn count_fetches(&self) -> usize {
        self.usher.clerk().count_requests("GET", JWKS)
    }

    pub(crate) fn valid_token(&self) -> String {
        self.usher.session_token(&new_user_id())
    }

    pub(crate) fn token_with_unknown_kid(&self) -> String {
        self.usher.token(&new_user_id()).header("kid", "ins_unknown").minted_by(self.usher.clerk())
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Identity, VerifyError> {
        self.verifier.verify(token).await.map(|caller| caller.identity)
    }

    /// Verifies the same token 200 times concurrently.
    pub(crate) async fn verify_concurrently(&self, token: &str) -> Vec<Result<Identity, VerifyError>> {
        join_all((0..200).map(|_| self.verify(token))).await
    }

    pub(crate) async fn assert_accepts(&self) {
        let verdict = self.verify(&self.valid_token()).await;
        assert!(verdict.is_ok(), "{verdict:?}");
    }

    pub(crate) async fn assert_keys_unavailable(&self) {
        let verdict = self.verify(&self.valid_token()).await;
        assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
    }
}

/// Advances the clock.
pub(crate) async fn advance_clock(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

#[tokio::test]
async fn keys_are_fetched_once_and_kept_for_five_minutes() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        fixture.assert_accepts().await;
    }
    advance_clock(5 * MINUTE - Duration::from_secs(10)).await;
    fixture.assert_accepts().await;
    assert_eq!(fixture.count_fetches(), 1);
    advance_clock(Duration::from_secs(10)).await;
    fixture.verify_concurrently(&fixture.valid_token()).await.into_iter().for_each(|verdict| assert!(verdict.is_ok()));
    assert_eq!(fixture.count_fetches(), 2);
}

#[tokio::test]
async fn unmatched_tokens_cause_one_fetch_in_thirty_seconds() {
    let fixture = Fixture::new().await;
    let forged = fixture.usher.token(&new_user_id()).signed_by(&Key::generate());
    for (fetches, token) in [(2, fixture.token_with_unknown_kid()), (3, forged)] {
        for verdict in fixture.verify_concurrently(&token).await {
            assert!(matches!(verdict, Err(VerifyError::Refused(_))), "{verdict:?}");
        }
        fixture.verify_concurrently(&fixture.token_with_unknown_kid()).await;
        assert_eq!(fixture.count_fetches(), fetches);
        advance_clock(Duration::from_secs(29)).await;
        fixture.verify_concurrently(&token).await;
        assert_eq!(fixture.count_fetches(), fetches);
        fixture.assert_accepts().await;
        advance_clock(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn each_process_fetches_the_keys_at_most_twice() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    let unknown = usher.token(&ada).header("kid", "ins_unknown").minted_by(usher.clerk());
    let good = usher.session_token(&ada);
    let answers = join_all((0..200).map(|n| usher.get("/users/me", if n % 2 == 0 { &unknown } else { &good }))).await;
    for (n, answer) in answers.iter().enumerate() {
        if n % 2 == 0 {
            answer.expect_unauthorized("invalid-token");
        } else {
            answer.expect_json();
        }
    }
    // Each process fetches once in Init, and once because of the unknown `kid`.
    let (processes, fetches) = (usher.processes("get-current-user").len(), usher.clerk().count_requests("GET", JWKS));
    assert!(fetches <= 2 * processes && processes <= 10, "{fetches} fetches by {processes} processes");
    join_all((0..200).map(|_| usher.get("/users/me", &unknown))).await;
    assert!(usher.clerk().count_requests("GET", JWKS) <= 2 * usher.processes("get-current-user").len());
}
