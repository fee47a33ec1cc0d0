//! `/v1/environment`: what Clerk's components may offer.

use axum::{Json, extract::State, http::Method};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::route::{Route, route},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/environment", read),
        // Clerk's script says that it has loaded.
        route(Method::PATCH, "/v1/environment", read),
    ]
}

/// Returns the settings of a development instance where users sign in with an e-mail address and a password or a code.
async fn read(State(clerk): State<Clerk>) -> Json<Value> {
    Json(json!({
        "object": "environment",
        "id": "",
        "auth_config": auth_config(),
        "display_config": display_config(),
        "user_settings": user_settings(),
        "organization_settings": {
            "enabled": false,
            "max_allowed_memberships": 0,
            "actions": {"admin_delete": false},
            "domains": {"enabled": false, "enrollment_modes": [], "default_role": null},
            "creator_role": "org:admin",
        },
        "fraud_settings": {"object": "fraud_settings", "native": {"device_attestation_mode": "disabled"}},
        "commerce_settings": {"billing": {
            "stripe_publishable_key": null,
            "user": {"enabled": false, "has_paid_plans": false},
            "organization": {"enabled": false, "has_paid_plans": false},
        }},
        "api_keys_settings": {"enabled": false, "user_api_keys_enabled": false, "orgs_api_keys_enabled": false},
        "protect_config": {"object": "protect_config", "id": clerk.instance_id(), "loaders": []},
        "client_debug_mode": false,
        "partitioned_cookies": false,
        "maintenance_mode": false,
    }))
}

fn auth_config() -> Value {
    json!({
        "object": "auth_config",
        "id": "aconf_emulator",
        "first_name": "on",
        "last_name": "on",
        "email_address": "required",
        "phone_number": "off",
        "username": "off",
        "password": "required",
        "identification_requirements": [["email_address"]],
        "identification_strategies": ["email_address"],
        "first_factors": ["password", "email_code"],
        "second_factors": [],
        "email_address_verification_strategies": ["email_code"],
        "single_session_mode": true,
        "enhanced_email_deliverability": false,
        "test_mode": true,
        "cookieless_dev": true,
        "url_based_session_syncing": true,
        "claimed_at": null,
        "reverification": true,
        "native_settings": {"object": "native_settings", "api_enabled": false},
    })
}

fn display_config() -> Value {
    // A page of the app. Its own settings usually replace these.
    let home: [(&str, &str); 14] = [
        ("home_url", "/"),
        ("sign_in_url", "/sign-in"),
        ("sign_up_url", "/sign-up"),
        ("user_profile_url", "/user"),
        ("waitlist_url", "/waitlist"),
        ("oauth_consent_url", "/oauth-consent"),
        ("after_sign_in_url", "/"),
        ("after_sign_up_url", "/"),
        ("after_sign_out_one_url", "/"),
        ("after_sign_out_all_url", "/"),
        ("after_switch_session_url", "/"),
        ("after_join_waitlist_url", "/"),
        ("organization_profile_url", "/organization"),
        ("create_organization_url", "/create-organization"),
    ];
    let mut config = json!({
        "object": "display_config",
        "id": "dispcfg_emulator",
        "instance_environment_type": "development",
        "application_name": "Clerk emulator",
        "theme": {},
        "preferred_sign_in_strategy": "password",
        "after_leave_organization_url": "/",
        "after_create_organization_url": "/",
        "logo_link_url": "/",
        "support_email": null,
        "branded": false,
        "experimental_force_oauth_first": false,
        "clerk_js_version": null,
        "show_devmode_warning": false,
        "google_one_tap_client_id": null,
        "help_url": null,
        "privacy_policy_url": null,
        "terms_url": null,
        "logo_url": null,
        "favicon_url": null,
        "logo_image": null,
        "favicon_image": null,
        "logo_image_url": null,
        "favicon_image_url": null,
        "captcha_public_key": null,
        "captcha_widget_type": null,
        "captcha_public_key_invisible": null,
        "captcha_provider": null,
        "captcha_oauth_bypass": [],
        "captcha_heartbeat": null,
    });
    home.into_iter().for_each(|(name, path)| config[name] = json!(path));
    config
}

fn user_settings() -> Value {
    json!({
        "attributes": {
            "email_address": attribute(true, true, &["email_code"]),
            "password": attribute(true, true, &[]),
            "first_name": attribute(true, false, &[]),
            "last_name": attribute(true, false, &[]),
            "phone_number": attribute(false, false, &[]),
            "username": attribute(false, false, &[]),
            "web3_wallet": attribute(false, false, &[]),
            "authenticator_app": attribute(false, false, &[]),
            "ticket": attribute(true, false, &[]),
            "backup_code": attribute(false, false, &[]),
            "passkey": attribute(false, false, &[]),
        },
        "social": {},
        "saml": {"enabled": false},
        "enterprise_sso": {"enabled": false, "self_serve_sso": false},
        "sign_in": {"second_factor": {"required": false}},
        "sign_up": {
            "captcha_enabled": false,
            "captcha_widget_type": "invisible",
            "custom_action_required": false,
            "progressive": true,
            "mode": "public",
            "legal_consent_enabled": false,
        },
        "restrictions": {
            "allowlist": {"enabled": false},
            "blocklist": {"enabled": false},
            "allowlist_blocklist_disabled_on_sign_in": {"enabled": false},
            "block_email_subaddresses": {"enabled": false},
            "block_disposable_email_domains": {"enabled": false},
        },
        "username_settings": {
            "min_length": 4,
            "max_length": 64,
            "allow_extended_special_characters": false,
            "allow_numeric_usernames": false,
        },
        "actions": {"delete_self": true, "create_organization": false, "create_organizations_limit": null},
        "attack_protection": {
            "user_lockout": {"enabled": false, "max_attempts": 100, "duration_in_minutes": 60},
            "pii": {"enabled": false},
            "email_link": {"require_same_client": false},
            "enumeration_protection": {"enabled": false},
        },
        "passkey_settings": {"allow_autofill": false, "show_sign_in_button": false, "satisfies_second_factor": true},
        "password_settings": {
            "disable_hibp": true,
            "enforce_hibp_on_sign_in": false,
            "disable_password_reverification": false,
            "min_length": 8,
            "max_length": 72,
            "require_special_char": false,
            "require_numbers": false,
            "require_uppercase": false,
            "require_lowercase": false,
            "show_zxcvbn": false,
            "min_zxcvbn_strength": 0,
            "allowed_special_characters": "",
        },
    })
}

/// Returns the settings of a field. If it has a first factor, users sign in with it, and verify it when they sign up.
fn attribute(is_enabled: bool, is_required: bool, first_factors: &[&str]) -> Value {
    let is_factor = !first_factors.is_empty();
    json!({
        "enabled": is_enabled,
        "required": is_required,
        "immutable": false,
        "used_for_first_factor": is_factor,
        "first_factors": first_factors,
        "used_for_second_factor": false,
        "second_factors": [],
        "verifications": first_factors,
        "verify_at_sign_up": is_factor,
    })
}
