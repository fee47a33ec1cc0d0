//! The life of the instance's keys: fetched seldom, kept long, and never at the price of a wrong answer.
//!
//! The clock of these tests is tokio's, which can be moved; the requests are real.

mod outage;
mod rotation;

use std::time::Duration;

use futures_util::future::join_all;
use harness::{Usher, new_user_id};
use reqwest::{Client, redirect};
use usher_auth::{Identity, Issuer, Keys, SessionVerifier, TokenRules, VerifyError};

pub(crate) const JWKS: &str = "/.well-known/jwks.json";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A verifier as a function has it after Init, and the stack whose emulator is its issuer.
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
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        let keys = Keys::from_issuer(&issuer, client).await;
        Self { usher, verifier: SessionVerifier::new(keys.into(), issuer, TokenRules::default()) }
    }

    /// How often the key set was asked for.
    pub(crate) fn fetches(&self) -> usize {
        self.usher.clerk().count_requests("GET", JWKS)
    }

    pub(crate) fn good_token(&self) -> String {
        self.usher.session_token(&new_user_id())
    }

    pub(crate) fn token_of_unknown_key(&self) -> String {
        self.usher.token(&new_user_id()).header("kid", "ins_unknown").minted_by(self.usher.clerk())
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Identity, VerifyError> {
        self.verifier.verify(token).await
    }

    /// The same token 200 times at once.
    pub(crate) async fn verify_200(&self, token: &str) -> Vec<Result<Identity, VerifyError>> {
        join_all((0..200).map(|_| self.verify(token))).await
    }

    pub(crate) async fn assert_accepts(&self) {
        let verdict = self.verify(&self.good_token()).await;
        assert!(verdict.is_ok(), "{verdict:?}");
    }

    pub(crate) async fn assert_keys_unavailable(&self) {
        let verdict = self.verify(&self.good_token()).await;
        assert!(matches!(verdict, Err(VerifyError::Keys(_))), "{verdict:?}");
    }
}

/// Moves the clock.
pub(crate) async fn later(duration: Duration) {
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
    later(5 * MINUTE - Duration::from_secs(10)).await;
    fixture.assert_accepts().await;
    assert_eq!(fixture.fetches(), 1);
    later(Duration::from_secs(10)).await;
    fixture.verify_200(&fixture.good_token()).await.into_iter().for_each(|verdict| assert!(verdict.is_ok()));
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn tokens_that_fit_no_key_cause_one_fetch_in_thirty_seconds_however_many_come() {
    let fixture = Fixture::new().await;
    let forged = fixture.usher.token(&new_user_id()).signed_by(&harness::Key::generate());
    for (fetches, token) in [(2, fixture.token_of_unknown_key()), (3, forged)] {
        for verdict in fixture.verify_200(&token).await {
            assert!(matches!(verdict, Err(VerifyError::Refused(_))), "{verdict:?}");
        }
        fixture.verify_200(&fixture.token_of_unknown_key()).await;
        assert_eq!(fixture.fetches(), fetches);
        later(Duration::from_secs(29)).await;
        fixture.verify_200(&token).await;
        assert_eq!(fixture.fetches(), fetches);
        fixture.assert_accepts().await;
        later(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn of_the_functions_each_process_fetches_for_itself_and_seldom() {
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
    // One in Init, and one because of what came.
    let (processes, fetches) = (usher.processes("get-current-user").len(), usher.clerk().count_requests("GET", JWKS));
    assert!(fetches <= 2 * processes && processes <= 10, "{fetches} fetches by {processes} processes");
    join_all((0..200).map(|_| usher.get("/users/me", &unknown))).await;
    assert!(usher.clerk().count_requests("GET", JWKS) <= 2 * usher.processes("get-current-user").len());
}
