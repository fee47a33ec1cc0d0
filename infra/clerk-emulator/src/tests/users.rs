//! Users and their metadata.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Setup, answer, first_error};

#[tokio::test]
async fn a_created_user_is_complete_and_equals_its_event() {
    let mut setup = Setup::new().await;
    let body = json!({
        "email_address": ["Ada@Example.com", "second@example.com"],
        "phone_number": ["+15555550100"],
        "username": "ada",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "password": "correct horse battery staple",
        "skip_password_checks": true,
        "public_metadata": {"plan": "pro"},
        "private_metadata": {"note": "x"},
        "unsafe_metadata": {"theme": "dark"},
        "external_id": "ext_1",
        "created_at": "2012-10-20T07:15:20.902Z",
    });
    let (status, user) = setup.call(Method::POST, "/v1/users", body).await;
    assert_eq!(status, 200, "{user}");

    let fields = [
        "backup_code_enabled",
        "banned",
        "create_organization_enabled",
        "created_at",
        "delete_self_enabled",
        "email_addresses",
        "enterprise_accounts",
        "external_accounts",
        "external_id",
        "first_name",
        "has_image",
        "id",
        "image_url",
        "last_active_at",
        "last_name",
        "last_sign_in_at",
        "legal_accepted_at",
        "locale",
        "locked",
        "lockout_expires_in_seconds",
        "mfa_disabled_at",
        "mfa_enabled_at",
        "object",
        "passkeys",
        "password_enabled",
        "phone_numbers",
        "primary_email_address_id",
        "primary_phone_number_id",
        "primary_web3_wallet_id",
        "private_metadata",
        "profile_image_url",
        "public_metadata",
        "saml_accounts",
        "totp_enabled",
        "two_factor_enabled",
        "unsafe_metadata",
        "updated_at",
        "username",
        "verification_attempts_remaining",
        "web3_wallets",
    ];
    for field in fields {
        assert!(user.get(field).is_some(), "{field} is missing");
    }
    assert_eq!(user["email_addresses"][0]["email_address"], "ada@example.com");
    assert_eq!(user["email_addresses"][0]["verification"]["status"], "verified");
    assert_eq!(user["primary_email_address_id"], user["email_addresses"][0]["id"]);
    assert_eq!(user["primary_phone_number_id"], user["phone_numbers"][0]["id"]);
    assert_eq!(user["created_at"], 1_350_717_320_902_i64);
    assert_eq!(user["password_enabled"], true);
    assert!(!user.to_string().contains("battery"));

    let event = setup.event().await;
    assert_eq!(event["type"], "user.created");
    assert_eq!(event["object"], "event");
    assert_eq!(event["data"], user);
    assert_eq!(event["instance_id"], setup.clerk.instance_id());
    assert!(event["timestamp"].as_i64().unwrap() > 1_000_000_000_000);
    assert_eq!(event["event_attributes"]["http_request"]["client_ip"], "127.0.0.1");

    let (status, read) = setup.get(&format!("/v1/users/{}", user["id"].as_str().unwrap())).await;
    assert_eq!((status, read), (200, user));
}

#[tokio::test]
async fn updated_at_increases_with_every_change() {
    let mut setup = Setup::new().await;
    let id = setup.user(json!({"first_name": "Ada"})).await;
    let mut last = 0;
    for count in 0..20 {
        let body = json!({"public_metadata": {"count": count}});
        let (status, user) = setup.call(Method::PATCH, &format!("/v1/users/{id}"), body).await;
        assert_eq!(status, 200);
        let event = setup.event().await;
        assert_eq!((&event["type"], &event["data"]), (&json!("user.updated"), &user));
        let updated_at = user["updated_at"].as_i64().unwrap();
        assert!(updated_at > last);
        last = updated_at;
    }
}

#[tokio::test]
async fn a_patch_replaces_the_given_fields_and_a_null_clears() {
    let mut setup = Setup::new().await;
    let body = json!({"email_address": ["a@example.com", "b@example.com"], "first_name": "Ada", "last_name": "L",
        "public_metadata": {"a": 1}});
    let id = setup.user(body).await;
    let path = format!("/v1/users/{id}");
    let (_, user) = setup.get(&path).await;
    let second = user["email_addresses"][1]["id"].clone();

    let body = json!({"first_name": null, "primary_email_address_id": second, "public_metadata": {"b": 2}});
    let (status, user) = setup.call(Method::PATCH, &path, body).await;
    assert_eq!(status, 200);
    assert_eq!(user["first_name"], Value::Null);
    assert_eq!(user["last_name"], "L");
    assert_eq!(user["primary_email_address_id"], second);
    assert_eq!(user["public_metadata"], json!({"b": 2}));

    let body = json!({"primary_email_address_id": "idn_foreign"});
    let (status, error) = setup.call(Method::PATCH, &path, body).await;
    assert_eq!((status, first_error(&error)), (422, ("form_resource_not_found", "primary_email_address_id")));
    assert_eq!(setup.get(&path).await.1, user, "a refused change does not change the user");
}

#[tokio::test]
async fn metadata_is_merged_at_every_depth_and_null_removes() {
    let mut setup = Setup::new().await;
    let id = setup.user(json!({"public_metadata": {"a": {"b": 1, "c": 2}, "d": 3}, "unsafe_metadata": {"x": 1}})).await;
    let body = json!({"public_metadata": {"a": {"b": null, "e": {"f": null, "g": 4}}, "d": {"h": 5}}});
    let (status, user) = setup.call(Method::PATCH, &format!("/v1/users/{id}/metadata"), body).await;
    assert_eq!(status, 200);
    assert_eq!(user["public_metadata"], json!({"a": {"c": 2, "e": {"g": 4}}, "d": {"h": 5}}));
    assert_eq!(user["unsafe_metadata"], json!({"x": 1}));
    assert_eq!(setup.event().await["type"], "user.updated");
}

#[tokio::test]
async fn metadata_is_limited_to_eight_kilobytes() {
    let mut setup = Setup::new().await;
    // `{"a":"…"}` adds eight bytes to the text.
    let body = |length: usize| json!({"private_metadata": {"a": "x".repeat(length - 8)}});
    setup.user(body(8192)).await;
    let (status, error) = setup.call(Method::POST, "/v1/users", body(8193)).await;
    assert_eq!((status, first_error(&error)), (422, ("form_param_exceeds_allowed_size", "private_metadata")));
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_event_has_only_its_ids() {
    let mut setup = Setup::new().await;
    let id = setup.user(json!({"external_id": "ext_1", "email_address": ["a@example.com"]})).await;
    let path = format!("/v1/users/{id}");
    let deleted = json!({"deleted": true, "external_id": "ext_1", "id": id, "object": "user"});
    let (status, body) = answer(setup.request(Method::DELETE, &path)).await;
    assert_eq!((status, &body), (200, &deleted));
    let event = setup.event().await;
    assert_eq!((&event["type"], &event["data"]), (&json!("user.deleted"), &deleted));

    for method in [Method::GET, Method::DELETE] {
        let (status, body) = answer(setup.request(method, &path)).await;
        assert_eq!((status, first_error(&body)), (404, ("resource_not_found", "")));
    }
    let (status, _) = setup.call(Method::PATCH, &path, json!({"first_name": "Ada"})).await;
    assert_eq!(status, 404);
    // Its identifiers are free again.
    setup.user(json!({"external_id": "ext_1", "email_address": ["a@example.com"]})).await;
}

#[tokio::test]
async fn lists_are_arrays_in_the_requested_order() {
    let mut setup = Setup::new().await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(setup.user(json!({})).await);
    }
    let listed = async |query: &str| -> Vec<String> {
        let (status, users) = setup.get(&format!("/v1/users{query}")).await;
        assert_eq!(status, 200, "{users}");
        users.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("?order_by=+created_at&limit=500").await, ids);
    assert_eq!(listed("?order_by=created_at&limit=5&offset=10").await, ids[10..]);
    assert_eq!(listed("").await, ids.iter().rev().take(10).cloned().collect::<Vec<_>>());
    assert_eq!(listed("?offset=12").await, Vec::<String>::new());

    setup.call(Method::PATCH, &format!("/v1/users/{}", ids[0]), json!({})).await;
    assert_eq!(listed("?order_by=-updated_at&limit=1").await, ids[..1]);
    let (_, count) = setup.get("/v1/users/count").await;
    assert_eq!(count, json!({"object": "total_count", "total_count": 12}));
    let (status, error) = setup.get("/v1/users?limit=501").await;
    assert_eq!((status, first_error(&error)), (422, ("form_param_value_too_large", "limit")));
}

#[tokio::test]
async fn a_refused_parameter_is_named_and_no_webhook_is_sent() {
    let mut setup = Setup::new().await;
    setup.user(json!({"email_address": ["a@example.com"], "username": "ada", "external_id": "1"})).await;
    for (body, code, param) in [
        (json!({"email": "a@example.com"}), "form_param_unknown", "email"),
        (json!({"email_address": "b@example.com"}), "form_param_type_invalid", "email_address"),
        (json!({"email_address": ["b"]}), "form_param_format_invalid", "email_address"),
        (json!({"email_address": ["A@example.com"]}), "form_identifier_exists", "email_address"),
        (json!({"phone_number": ["555"]}), "form_param_format_invalid", "phone_number"),
        (json!({"username": "ada"}), "form_identifier_exists", "username"),
        (json!({"external_id": "1"}), "form_identifier_exists", "external_id"),
        (json!({"public_metadata": []}), "form_param_type_invalid", "public_metadata"),
        (json!({"created_at": "yesterday"}), "form_param_invalid_time", "created_at"),
    ] {
        let (status, error) = setup.call(Method::POST, "/v1/users", body.clone()).await;
        assert_eq!((status, first_error(&error)), (422, (code, param)), "{body}");
    }
    assert!(setup.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn bodies_that_are_not_a_json_object_are_refused() {
    let setup = Setup::new().await;
    let send = async |kind: &str, body: String| {
        let request = setup.request(Method::POST, "/v1/users").header("content-type", kind);
        let (status, error) = answer(request.body(body)).await;
        (status, first_error(&error).0.to_owned())
    };
    let json = "application/json; charset=utf-8";
    for body in ["{", "[]", "null", "{\"a\":1}x"] {
        assert_eq!(send(json, body.to_owned()).await, (400, "request_body_invalid".to_owned()));
    }
    let (status, code) = send("application/x-www-form-urlencoded", "{}".to_owned()).await;
    assert_eq!((status, code.as_str()), (415, "unsupported_content_type"));
    let (status, code) = send(json, " ".repeat(3_000_000)).await;
    assert_eq!((status, code.as_str()), (413, "request_body_too_large"));
}

#[tokio::test]
async fn only_the_backend_api_requires_the_secret_key() {
    let setup = Setup::new().await;
    let get = |path: &str| setup.client.get(format!("{}{path}", setup.base));
    for path in ["/v1/users", "/v1/users/user_1", "/v1/sessions/sess_1", "/v1/jwks"] {
        let (status, error) = answer(get(path)).await;
        assert_eq!((status, first_error(&error).0), (401, "authorization_header_format_invalid"), "{path}");
        let (status, error) = answer(get(path).bearer_auth("sk_test_other")).await;
        assert_eq!((status, first_error(&error).0), (401, "clerk_key_invalid"), "{path}");
    }
    let (status, public) = answer(get("/.well-known/jwks.json")).await;
    assert_eq!(status, 200);
    assert_eq!(setup.get("/v1/jwks").await, (200, public));
    let (_, configuration) = answer(get("/.well-known/openid-configuration")).await;
    assert_eq!(configuration["issuer"], setup.clerk.issuer());
    let (status, error) = setup.get("/v1/organizations").await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}
