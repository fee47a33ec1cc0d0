//! Signatures: only a token signed with the key of the instance is accepted.

use harness::{Hash, Key, Token, Usher, new_user_id};
use serde_json::json;

use super::{assert_accepted, assert_all_refused, assert_refused, create_user};

#[tokio::test]
async fn a_token_signed_with_another_key_is_refused() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    let stranger = Key::generate();
    assert_refused(&usher, "the valid kid", &usher.token(&ada).signed_by(&stranger), "signature").await;
    assert_all_refused(
        &usher,
        &[
            ("unknown kid", "kid", |t| t.header("kid", "ins_other")),
            ("no kid", "kid", |t| t.without_header("kid")),
            ("kid a number", "", |t| t.header("kid", 7)),
        ],
    )
    .await;
    // A key in the token itself is not used.
    let (header, claims) = usher.token(&ada).header("jwk", json!({"kty": "RSA", "pem": stranger.public_pem()})).texts();
    assert_refused(&usher, "its own key in the header", &stranger.sign(Hash::Sha256, &header, &claims), "signature")
        .await;
}

#[tokio::test]
async fn a_signature_covers_the_whole_token() {
    let usher = Usher::shared().await;
    let (ada, bob) = (create_user(&usher).await, create_user(&usher).await);
    let (adas, bobs) = (usher.session_token(&ada), usher.session_token(&bob));
    let [header, claims, signature] = *adas.split('.').collect::<Vec<_>>() else { panic!("{adas}") };
    let [_, other_claims, other_signature] = *bobs.split('.').collect::<Vec<_>>() else { panic!("{bobs}") };
    for (row, token) in [
        ("the claims of another token", format!("{header}.{other_claims}.{signature}")),
        ("the signature of another token", format!("{header}.{claims}.{other_signature}")),
        ("half the signature", format!("{header}.{claims}.{}", &signature[..signature.len() / 2])),
        ("a signature that is not base64", format!("{header}.{claims}.%%%")),
    ] {
        assert_refused(&usher, row, &token, "signature").await;
    }
    assert_accepted(&usher, "the unchanged token", &ada, &adas).await;
}

/// The stack accepts the key of the test, so every signature is valid and only the algorithm can be the reason.
#[tokio::test]
async fn a_valid_signature_of_another_algorithm_is_refused() {
    const ISSUER: &str = "https://clerk.example.com";
    let key = Key::generate();
    let usher =
        Usher::with_environment([("CLERK_ISSUER", Some(ISSUER)), ("CLERK_JWT_KEY", Some(&key.public_pem()))]).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    let token = |alg: &str| Token::of_instance(ISSUER, &ada).header("alg", alg).texts();
    let (header, claims) = token("RS256");
    assert_accepted(&usher, "RS256", &ada, &key.sign(Hash::Sha256, &header, &claims)).await;
    assert_refused(&usher, "RS256 with a signature of RS512", &key.sign(Hash::Sha512, &header, &claims), "signature")
        .await;
    assert_refused(&usher, "RS256 with a signature of HS256", &key.sign_with_public_pem(&header, &claims), "signature")
        .await;

    let (header, claims) = token("RS512");
    assert_refused(&usher, "RS512", &key.sign(Hash::Sha512, &header, &claims), "alg").await;
    let (header, claims) = token("HS256");
    assert_refused(&usher, "HS256 signed with the PEM", &key.sign_with_public_pem(&header, &claims), "alg").await;
    let (header, claims) = token("none");
    let signed = key.sign(Hash::Sha256, &header, &claims);
    assert_refused(&usher, "none, signed", &signed, "alg").await;
    let (unsigned, _) = signed.rsplit_once('.').unwrap();
    assert_refused(&usher, "none, unsigned", &format!("{unsigned}."), "").await;

    for (row, claims) in [("not JSON", "hello"), ("not an object", "[1]"), ("empty", ""), ("cut short", &claims[..40])]
    {
        let (header, _) = token("RS256");
        assert_refused(&usher, row, &key.sign(Hash::Sha256, &header, claims), "").await;
    }
}
