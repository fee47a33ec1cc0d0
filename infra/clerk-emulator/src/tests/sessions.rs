//! Sessions and their tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Setup, answer, first_error};
use crate::SessionEnd;

impl Setup {
    /// Creates a session, receives its webhook, and returns its id.
    pub(super) async fn session(&mut self, user_id: &str) -> String {
        let (status, session) = self.call(Method::POST, "/v1/sessions", json!({"user_id": user_id})).await;
        assert_eq!(status, 200, "{session}");
        let event = self.event().await;
        self.assert_session_event(&event, "session.created", &session).await;
        session["id"].as_str().unwrap().to_owned()
    }

    /// Checks an event of a session: its data are the session object and the user.
    async fn assert_session_event(&self, event: &Value, kind: &str, session: &Value) {
        let mut data = session.clone();
        data["user"] = self.get(&format!("/v1/users/{}", session["user_id"].as_str().unwrap())).await.1;
        assert_eq!((&event["type"], &event["data"]), (&json!(kind), &data));
    }

    /// Verifies a token with the published key set.
    pub(super) async fn verify(&self, token: &str) -> TokenData<Value> {
        let set = self.client.get(format!("{}/.well-known/jwks.json", self.base)).send().await.unwrap();
        let set: JwkSet = set.json().await.unwrap();
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        validation.set_issuer(&[self.clerk.issuer()]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "sub"]);
        decode(token, &key, &validation).unwrap()
    }
}

fn jwt((status, body): (u16, Value)) -> String {
    assert_eq!((status, &body["object"]), (200, &json!("token")), "{body}");
    body["jwt"].as_str().unwrap().to_owned()
}

/// Returns the whole header. jsonwebtoken's own header type drops unknown fields.
fn raw_header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice(&header).unwrap()
}

#[tokio::test]
async fn a_session_token_is_of_version_two() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let session = setup.session(&user).await;
    // There is no body, as with `curl -X POST`.
    let token = jwt(answer(setup.request(Method::POST, &format!("/v1/sessions/{session}/tokens"))).await);

    let kid = setup.clerk.key_id();
    let header = json!({"alg": "RS256", "typ": "JWT", "cat": "cl_B7d4PD111AAA", "kid": kid});
    assert_eq!(raw_header(&token), header);
    assert_eq!(setup.clerk.session_header(), header);
    let claims = setup.verify(&token).await.claims;
    assert_eq!((&claims["sub"], &claims["sid"]), (&json!(user), &json!(session)));
    assert_eq!((&claims["v"], &claims["sts"]), (&json!(2), &json!("active")));
    let seconds = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(seconds("exp") - seconds("iat"), 60);
    assert_eq!(seconds("iat") - seconds("nbf"), 10);
    assert!(claims.get("azp").is_none());

    let path = format!("/v1/sessions/{session}/tokens");
    let other = jwt(setup.call(Method::POST, &path, json!({"expires_in_seconds": 3600})).await);
    let other = setup.verify(&other).await.claims;
    assert_eq!(other["exp"].as_i64().unwrap() - other["iat"].as_i64().unwrap(), 3600);
    assert_ne!(other["jti"], claims["jti"]);
}

#[tokio::test]
async fn a_template_token_has_an_audience_and_no_session() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let session = setup.session(&user).await;
    let path = format!("/v1/sessions/{session}/tokens/convex");
    let token = jwt(answer(setup.request(Method::POST, &path)).await);
    assert_eq!(raw_header(&token)["cat"], "cl_B7d4PD222AAA");
    let claims = setup.verify(&token).await.claims;
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!("convex"), &json!(user)));
    assert!(claims.get("sid").is_none());
}

#[tokio::test]
async fn lifetimes_outside_clerks_limits_are_refused() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let path = format!("/v1/sessions/{}/tokens", setup.session(&user).await);
    for seconds in [30, 315_360_000] {
        jwt(setup.call(Method::POST, &path, json!({"expires_in_seconds": seconds})).await);
    }
    for seconds in [json!(29), json!(-1), json!(315_360_001), json!("60"), json!(1.5)] {
        let (status, error) = setup.call(Method::POST, &path, json!({"expires_in_seconds": seconds})).await;
        assert_eq!((status, first_error(&error).1), (422, "expires_in_seconds"), "{seconds}");
    }
}

#[tokio::test]
async fn a_revoked_session_mints_no_more_tokens() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let session = setup.session(&user).await;
    let path = format!("/v1/sessions/{session}");
    assert_eq!(setup.get(&path).await.1["status"], "active");
    // The second revocation changes nothing and sends no webhook.
    let mut revoked = Value::Null;
    for _ in 0..2 {
        let (status, body) = answer(setup.request(Method::POST, &format!("{path}/revoke"))).await;
        assert_eq!((status, &body["status"]), (200, &json!("revoked")));
        revoked = body;
    }
    let event = setup.event().await;
    setup.assert_session_event(&event, "session.revoked", &revoked).await;
    assert!(setup.deliveries.try_recv().is_err());
    let (status, error) = answer(setup.request(Method::POST, &format!("{path}/tokens"))).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn a_session_ends_in_three_ways_with_an_event_each() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    for (end, status) in
        [(SessionEnd::Ended, "ended"), (SessionEnd::Removed, "removed"), (SessionEnd::Revoked, "revoked")]
    {
        let session = setup.session(&user).await;
        let object = setup.clerk.end_session(&session, end).await.unwrap();
        assert_eq!(object["status"], status);
        let event = setup.event().await;
        setup.assert_session_event(&event, &format!("session.{status}"), &object).await;
        // It has ended, so it does not end again.
        assert_eq!(setup.clerk.end_session(&session, SessionEnd::Revoked).await.unwrap(), object);
        assert_eq!(setup.get(&format!("/v1/sessions/{session}")).await.1, object);
        assert_eq!(setup.get(&format!("/v1/sessions?user_id={user}&status={status}")).await.1, json!([object]));
        let (status, error) = answer(setup.request(Method::POST, &format!("/v1/sessions/{session}/tokens"))).await;
        assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
    }
    assert_eq!(setup.clerk.end_session("sess_none", SessionEnd::Ended).await, None);
    assert!(setup.deliveries.try_recv().is_err());
    let (status, error) = answer(setup.request(Method::POST, "/v1/sessions/sess_none/revoke")).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn only_the_sessions_of_a_deleted_user_end() {
    let mut setup = Setup::new().await;
    let (gone, kept) = (setup.user(json!({})).await, setup.user(json!({})).await);
    let (gone_session, kept_session) = (setup.session(&gone).await, setup.session(&kept).await);
    answer(setup.request(Method::DELETE, &format!("/v1/users/{gone}"))).await;
    for path in ["/tokens", "/tokens/convex", "/revoke"] {
        let request = setup.request(Method::POST, &format!("/v1/sessions/{gone_session}{path}"));
        let (status, error) = answer(request).await;
        assert_eq!((status, first_error(&error).0), (404, "resource_not_found"), "{path}");
    }
    assert_eq!(setup.get(&format!("/v1/sessions/{gone_session}")).await.0, 404);
    let path = format!("/v1/sessions/{kept_session}/tokens");
    jwt(answer(setup.request(Method::POST, &path)).await);
}

#[tokio::test]
async fn a_session_requires_an_existing_user() {
    let setup = Setup::new().await;
    let (status, error) = setup.call(Method::POST, "/v1/sessions", json!({})).await;
    assert_eq!((status, first_error(&error)), (422, ("form_param_missing", "user_id")));
    let (status, error) = setup.call(Method::POST, "/v1/sessions", json!({"user_id": "user_none"})).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn the_sessions_of_a_user_are_listed_newest_first() {
    let mut setup = Setup::new().await;
    let (ada, bob) = (setup.user(json!({})).await, setup.user(json!({})).await);
    let mut sessions = Vec::new();
    for user in [&ada, &ada, &bob, &ada] {
        sessions.push(setup.session(user).await);
        // Each session is of a millisecond of its own.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let revoke = setup.request(Method::POST, &format!("/v1/sessions/{}/revoke", sessions[1]));
    assert_eq!(answer(revoke).await.0, 200);
    let listed = async |query: &str| -> Vec<String> {
        let (status, list) = setup.get(&format!("/v1/sessions?{query}")).await;
        assert_eq!(status, 200, "{list}");
        list.as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    };
    let of_ada = [sessions[3].clone(), sessions[1].clone(), sessions[0].clone()];
    assert_eq!(listed(&format!("user_id={ada}")).await, of_ada);
    assert_eq!(listed(&format!("user_id={ada}&limit=1&offset=1")).await, of_ada[1..2]);
    assert_eq!(listed(&format!("user_id={ada}&status=revoked")).await, of_ada[1..2]);
    assert_eq!(listed(&format!("user_id={ada}&status=expired")).await, Vec::<String>::new());
    let (_, session) = setup.get(&format!("/v1/sessions/{}", sessions[2])).await;
    assert_eq!(listed(&format!("client_id={}", session["client_id"].as_str().unwrap())).await, sessions[2..3]);
    let (_, page) = setup.get(&format!("/v1/sessions?user_id={ada}&limit=1&paginated=true")).await;
    assert_eq!((&page["total_count"], &page["data"][0]["id"]), (&json!(3), &json!(sessions[3])));
    for (query, expected) in [
        ("", ("form_param_missing", "user_id")),
        ("user_id=a&status=new", ("form_param_value_invalid", "status")),
        ("user_id=a&order=1", ("form_param_unknown", "order")),
    ] {
        let (status, error) = setup.get(&format!("/v1/sessions?{query}")).await;
        assert_eq!((status, first_error(&error)), (422, expected));
    }
}
