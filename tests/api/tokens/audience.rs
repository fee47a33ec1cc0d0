//! `CLERK_AUDIENCE`: the required audience of a token. It also allows tokens of a JWT template.

use harness::{Token, Usher, new_user_id, now_seconds};
use serde_json::{Value, json};

use super::{assert_accepted, assert_refused};

#[tokio::test]
async fn a_configured_audience_is_required_of_every_token() {
    let usher = Usher::with_environment([("CLERK_AUDIENCE", Some("convex, api"))]).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;

    let template = || usher.token(&ada).of_template();
    let good: [(&str, Token); 5] = [
        ("a session token", usher.token(&ada).claim("aud", "convex")),
        ("the second audience", usher.token(&ada).claim("aud", "api")),
        ("one of several", usher.token(&ada).claim("aud", json!(["other", "convex"]))),
        ("a template token", template().claim("aud", "convex")),
        ("a template token with several", template().claim("aud", json!(["convex", "other"]))),
    ];
    for (row, token) in good {
        assert_accepted(&usher, row, &ada, &token.minted_by(usher.clerk())).await;
    }

    for (kind, token) in [("session", usher.token(&ada)), ("template", template())] {
        let bad: [(&str, Token); 9] = [
            ("absent", token.clone().without("aud")),
            ("wrong", token.clone().claim("aud", "other")),
            ("empty", token.clone().claim("aud", "")),
            ("a number", token.clone().claim("aud", 7)),
            ("null", token.clone().claim("aud", Value::Null)),
            ("an empty array", token.clone().claim("aud", json!([]))),
            ("an array of others", token.clone().claim("aud", json!(["other", 7]))),
            ("an array in an array", token.clone().claim("aud", json!([["convex"]]))),
            ("both, as configured", token.clone().claim("aud", "convex, api")),
        ];
        for (row, token) in bad {
            assert_refused(&usher, &format!("{kind}: {row}"), &token.minted_by(usher.clerk()), "aud").await;
        }
    }
    // The other rules for tokens still apply.
    let spoiled = template().claim("aud", "convex").claim("sub", "mch_1");
    assert_refused(&usher, "a template token of a machine", &spoiled.minted_by(usher.clerk()), "sub").await;
    let spoiled = usher.token(&ada).claim("aud", "convex").without("sid");
    assert_refused(&usher, "a session token without a session", &spoiled.minted_by(usher.clerk()), "sid").await;
}

/// A token of a JWT template stays valid after a sign-out or a deletion at Clerk, which issues them for up to ten
/// years.
#[tokio::test]
async fn a_template_token_may_live_for_an_hour_by_default() {
    for (configured, longest) in [(None, 3600.0), (Some("86400"), 86_400.0)] {
        let audience = ("CLERK_AUDIENCE", Some("convex"));
        let usher = Usher::with_environment([audience, ("CLERK_TEMPLATE_TOKEN_MAX_SECONDS", configured)]).await;
        let ada = new_user_id();
        usher.deliver_user_created(&ada).await;
        let token = |life: f64| {
            let issued = now_seconds().floor();
            usher.token(&ada).of_template().claim("aud", "convex").claim("iat", issued).claim("exp", issued + life)
        };
        assert_accepted(&usher, "the longest", &ada, &token(longest).minted_by(usher.clerk())).await;
        for (row, token) in [
            ("a second more", token(longest + 1.0)),
            ("ten years", token(315_360_000.0)),
            ("iat absent", token(60.0).without("iat")),
            ("ten years from before 1970", token(60.0).claim("iat", -315_360_000.0)),
        ] {
            assert_refused(&usher, row, &token.minted_by(usher.clerk()), "JWT template").await;
        }
    }
}

#[tokio::test]
async fn the_identity_of_a_template_token_has_no_session() {
    let usher = Usher::with_environment([("CLERK_AUDIENCE", Some("convex"))]).await;
    let ada = new_user_id();
    let token = usher.token(&ada).of_template().claim("aud", "convex").minted_by(usher.clerk());
    let status = usher.get("/users/me/status", &token).await.expect_json();
    let issuer = usher.clerk().issuer();
    let identity = json!({"subject": ada, "issuer": issuer, "token_identifier": format!("{issuer}|{ada}")});
    assert_eq!(status, json!({"status": "not_synced", "identity": identity}));
}
