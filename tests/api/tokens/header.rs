//! The `alg`, `typ` and `cat` of the header. Clerk signs every kind of JWT with the same key, so only these distinguish
//! them.

use harness::Usher;
use serde_json::{Value, json};

use super::{assert_all_accepted, assert_all_refused};

#[tokio::test]
async fn a_token_of_another_algorithm_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("none", "alg", |t| t.header("alg", "none")),
            ("NONE", "alg", |t| t.header("alg", "NONE")),
            ("HS256", "alg", |t| t.header("alg", "HS256")),
            ("RS512", "alg", |t| t.header("alg", "RS512")),
            ("PS256", "alg", |t| t.header("alg", "PS256")),
            ("ES256", "alg", |t| t.header("alg", "ES256")),
            ("rs256", "alg", |t| t.header("alg", "rs256")),
            ("null", "alg", |t| t.header("alg", Value::Null)),
            ("an array", "alg", |t| t.header("alg", json!(["RS256"]))),
            ("absent", "", |t| t.without_header("alg")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_a_session_token_is_refused() {
    assert_all_refused(
        &Usher::shared().await,
        &[
            ("typ at+jwt", "typ", |t| t.header("typ", "at+jwt")),
            ("typ application/at+jwt", "typ", |t| t.header("typ", "application/at+jwt")),
            ("typ a number", "typ", |t| t.header("typ", 1)),
            ("cat of a JWT template", "aud", |t| t.header("cat", "cl_B7d4PD222AAA")),
            ("a token of a JWT template", "aud", |t| t.of_template().claim("aud", "convex")),
            ("cat of machine to machine", "cat", |t| t.header("cat", "cl_B7d4PD333AAA")),
            ("cat unknown", "cat", |t| t.header("cat", "cl_B7d4PD999AAA")),
            ("cat empty", "cat", |t| t.header("cat", "")),
            ("cat a number", "cat", |t| t.header("cat", 1)),
            ("cat an array", "cat", |t| t.header("cat", json!(["cl_B7d4PD111AAA"]))),
            ("typ null", "typ", |t| t.header("typ", Value::Null)),
            ("cat null", "cat", |t| t.header("cat", Value::Null)),
            ("crit null", "crit", |t| t.header("crit", Value::Null)),
            ("an unknown extension (RFC 7515 §4.1.11)", "crit", |t| t.header("crit", json!(["b64"]))),
        ],
    )
    .await;
}

#[tokio::test]
async fn typ_and_cat_of_a_session_token_are_optional() {
    assert_all_accepted(
        &Usher::shared().await,
        &[
            ("cat session", |t| t.header("cat", "cl_B7d4PD111AAA")),
            ("cat ignore", |t| t.header("cat", "cl_I7d4PD111III")),
            ("cat absent", |t| t.without_header("cat")),
            ("typ JWT", |t| t.header("typ", "JWT")),
            ("typ absent", |t| t.without_header("typ")),
            ("an unknown header", |t| t.header("oiat", 1_700_000_000)),
        ],
    )
    .await;
}
