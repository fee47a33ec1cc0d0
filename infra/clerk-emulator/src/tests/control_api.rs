//! The control routes over HTTP: their effects, and their refusals of wrong bodies.

mod backend_api;
mod deliveries;
mod events;
mod faults;
mod reordering;

use reqwest::Method;
use serde_json::{Value, json};
use svix::webhooks::Webhook;

use super::{Setup, answer, first_error};

const USERS: &str = "/v1/users";

impl Setup {
    /// Sends a control request, without the secret key.
    async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        answer(self.client.request(method, format!("{}/control/{path}", self.base)).json(&body)).await
    }

    /// As [`Setup::control`], and asserts that the request succeeds.
    async fn set(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.control(method, path, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// Asserts that each body is refused with 422, and that the error names the field and says this.
    async fn assert_refused(&self, method: Method, path: &str, refused: &[(Value, &str, &str)]) {
        for (body, field, text) in refused {
            let (status, error) = self.control(method.clone(), path, body.clone()).await;
            assert_eq!((status, first_error(&error).1), (422, *field), "{body}: {error}");
            let message = error["errors"][0]["long_message"].as_str().unwrap();
            assert!(message.contains(field) && message.contains(text), "{body}: {message}");
        }
    }
}

#[tokio::test]
async fn the_state_shows_what_was_set() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    setup.session(&user).await;
    let (status, state) = answer(setup.client.get(format!("{}/control/state", setup.base))).await;
    let expected = json!({
        "object": "state",
        "instance_id": setup.clerk.instance_id(),
        "key_id": setup.clerk.key_id(),
        "users": 1,
        "sessions": 1,
        "webhooks": {"delivery": "send", "held": 0},
        "faults": [],
        "rate_limit": null,
    });
    assert_eq!((status, state), (200, expected));
    setup.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    setup.call(Method::POST, USERS, json!({})).await;
    setup.set(Method::POST, "faults", json!({"fault": "delay", "delay_ms": 1})).await;
    let state = setup.set(Method::PUT, "rate_limit", json!({"requests": 9, "per_ms": 60_000})).await;
    assert_eq!((&state["users"], &state["webhooks"]), (&json!(2), &json!({"delivery": "hold", "held": 1})));
    assert_eq!(state["rate_limit"], json!({"requests": 9, "per_ms": 60_000}));
    assert_eq!(state["faults"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn held_webhooks_have_arrived_when_send_is_answered() {
    let mut setup = Setup::new().await;
    setup.set(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    for name in ["Ada", "Bob"] {
        setup.call(Method::POST, USERS, json!({"first_name": name})).await;
    }
    assert!(setup.deliveries.try_recv().is_err());
    setup.set(Method::PUT, "webhooks", json!({"delivery": "send"})).await;
    for name in ["Ada", "Bob"] {
        assert_eq!(setup.deliveries.try_recv().unwrap().event()["data"]["first_name"], name);
    }
    setup.set(Method::PUT, "webhooks", json!({"delivery": "drop"})).await;
    setup.call(Method::POST, USERS, json!({})).await;
    let state = setup.set(Method::PUT, "webhooks", json!({"delivery": "send"})).await;
    assert_eq!(state["webhooks"], json!({"delivery": "send", "held": 0}));
    assert!(setup.deliveries.try_recv().is_err());
    let refused = [
        (json!({}), "delivery", "must be included"),
        (json!({"delivery": "later"}), "delivery", "send, hold or drop"),
        (json!({"delivery": 1}), "delivery", "string"),
        (json!({"delivery": "hold", "until": 1}), "until", "not a valid parameter"),
    ];
    setup.assert_refused(Method::PUT, "webhooks", &refused).await;
}

#[tokio::test]
async fn the_webhook_secret_is_rotated_to_a_given_or_new_one() {
    let mut setup = Setup::new().await;
    let given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let rotated = setup.set(Method::POST, "webhooks/rotate_secret", json!({"secret": given})).await;
    assert_eq!((&rotated["secret"], setup.clerk.webhook_secret()), (&json!(given), given));
    let rotated = setup.set(Method::POST, "webhooks/rotate_secret", json!({})).await;
    setup.call(Method::POST, USERS, json!({})).await;
    let delivery = setup.delivery().await;
    let webhook = Webhook::new(rotated["secret"].as_str().unwrap()).unwrap();
    webhook.verify(&delivery.body, &delivery.headers).unwrap();
    let refused = [(json!({"secret": "whsec_!"}), "secret", "whsec_ followed by base64")];
    setup.assert_refused(Method::POST, "webhooks/rotate_secret", &refused).await;
}

#[tokio::test]
async fn the_signing_key_is_rotated_with_the_same_or_another_kid() {
    let setup = Setup::new().await;
    let (kid, pem) = (setup.clerk.key_id(), setup.clerk.public_key_pem());
    let same = setup.set(Method::POST, "keys/rotate", json!({})).await;
    assert_eq!((&same["key_id"], &same["jwks"]), (&json!(kid), &setup.clerk.jwks()));
    assert_ne!(setup.clerk.public_key_pem(), pem);
    let other = setup.set(Method::POST, "keys/rotate", json!({"key_id": "ins_other"})).await;
    assert_eq!((&other["key_id"], setup.clerk.key_id()), (&json!("ins_other"), "ins_other".to_owned()));
    let refused = [
        (json!({"key_id": ""}), "key_id", "1 to 100 bytes"),
        (json!({"key_id": "k".repeat(101)}), "key_id", "1 to 100 bytes"),
        (json!({"kid": "ins_1"}), "kid", "not a valid parameter"),
    ];
    setup.assert_refused(Method::POST, "keys/rotate", &refused).await;
}

#[tokio::test]
async fn the_rate_limit_is_set_and_lifted() {
    let setup = Setup::new().await;
    setup.set(Method::PUT, "rate_limit", json!({"requests": 0, "per_ms": 60_000})).await;
    assert_eq!(setup.get(USERS).await.0, 429);
    let state = setup.set(Method::DELETE, "rate_limit", json!({})).await;
    assert_eq!((&state["rate_limit"], setup.get(USERS).await.0), (&Value::Null, 200));
    let refused = [
        (json!({"requests": 1}), "per_ms", "must be included"),
        (json!({"requests": -1, "per_ms": 1}), "requests", "from 0 to 1000000"),
        (json!({"requests": 1, "per_ms": 0}), "per_ms", "from 1 to 3600000"),
        (json!({"requests": 1.5, "per_ms": 1}), "requests", "integer"),
    ];
    setup.assert_refused(Method::PUT, "rate_limit", &refused).await;
}

#[tokio::test]
async fn a_session_is_ended_as_by_a_sign_out() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    for status in ["ended", "removed", "revoked"] {
        let session = setup.session(&user).await;
        let object = setup.set(Method::POST, &format!("sessions/{session}/end"), json!({"status": status})).await;
        assert_eq!((&object["id"], &object["status"]), (&json!(session), &json!(status)));
        assert_eq!(setup.event().await["type"], format!("session.{status}"));
    }
    let refused = [
        (json!({}), "status", "must be included"),
        (json!({"status": "active"}), "status", "ended, removed or revoked"),
    ];
    setup.assert_refused(Method::POST, "sessions/sess_none/end", &refused).await;
    let (status, error) = setup.control(Method::POST, "sessions/sess_none/end", json!({"status": "ended"})).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn requests_are_listed_without_those_of_the_controls() {
    let setup = Setup::new().await;
    for path in [USERS, "/v1/users/user_1", USERS] {
        setup.get(path).await;
    }
    let list = setup.set(Method::GET, "requests", json!({})).await;
    let expected = json!([
        {"method": "GET", "path": "/v1/users", "count": 2},
        {"method": "GET", "path": "/v1/users/user_1", "count": 1},
    ]);
    assert_eq!(list["data"], expected);
}

#[tokio::test]
async fn unknown_routes_methods_and_bodies_are_refused() {
    let setup = Setup::new().await;
    for (method, path, status) in [
        (Method::GET, "nothing", 404),
        (Method::POST, "state", 405),
        (Method::PATCH, "faults", 405),
        (Method::GET, "webhooks/", 404),
    ] {
        assert_eq!(setup.control(method, path, json!({})).await.0, status, "{path}");
    }
    let url = format!("{}/control/webhooks", setup.base);
    let text = setup.client.put(&url).body(r#"{"delivery":"hold"}"#).header("content-type", "text/plain");
    assert_eq!(answer(text).await.0, 415);
    let malformed = setup.client.put(&url).body("{").header("content-type", "application/json");
    assert_eq!(answer(malformed).await.0, 400);
}
