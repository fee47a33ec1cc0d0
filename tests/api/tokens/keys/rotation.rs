//! Key rotation, and key sets with other keys.

use harness::{Usher, new_user_id};
use serde_json::json;

use super::{Fixture, JWKS};

/// Clerk does not document that a rotation changes the `kid`.
#[tokio::test]
async fn a_new_key_is_accepted_at_once_under_any_kid() {
    for kid in [None, Some("ins_renamed")] {
        let fixture = Fixture::new().await;
        fixture.assert_accepts().await;
        let clerk = fixture.usher.clerk();
        kid.map_or_else(|| clerk.rotate_key(), |kid| clerk.rotate_key_to(kid)).unwrap();
        for verdict in fixture.verify_concurrently(&fixture.valid_token()).await {
            assert!(verdict.is_ok(), "{kid:?}: {verdict:?}");
        }
        assert_eq!(fixture.count_fetches(), 2, "{kid:?}");
    }
}

#[tokio::test]
async fn the_old_key_is_refused_once_the_new_one_is_known() {
    let fixture = Fixture::new().await;
    let old = fixture.valid_token();
    assert!(fixture.verify(&old).await.is_ok());
    fixture.usher.clerk().rotate_key().unwrap();
    fixture.assert_accepts().await;
    assert!(fixture.verify(&old).await.is_err());
}

#[tokio::test]
async fn the_functions_follow_a_rotation_without_a_deployment() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
    usher.clerk().rotate_key().unwrap();
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
    assert_eq!(usher.clerk().count_requests("GET", JWKS), 2);
}

#[tokio::test]
async fn foreign_and_malformed_keys_do_not_discard_the_others() {
    let usher = Usher::with_options(|_| {}).await;
    let mut set = usher.clerk().jwks();
    let own = set["keys"][0].take();
    let keys = json!({"keys": [
        {"kty": "EC", "kid": "a", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "oct", "kid": "b", "k": "AA"},
        {"kty": "RSA", "kid": own["kid"], "n": "?", "e": "AQAB"}, {"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"},
        7, null, own, {"kty": "OKP", "crv": "Ed25519", "kid": "c", "x": "AA"},
    ]});
    usher.clerk().override_jwks(Some(keys));
    Fixture::of(usher).await.assert_accepts().await;
}
