//! Session tokens. Each has a valid signature of the instance's key, so that the parser behind it is reached.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use harness::{Hash, Key, Token, now_seconds};
use serde_json::{Value, value::RawValue};
use tokio::runtime::{Builder, Runtime};
use usher_auth::{Issuer, Keys, SessionVerifier, TokenRules, VerifiedCaller};
use usher_contract::ClerkUserId;

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

const ISSUER: &str = "https://fuzz.clerk.accounts.dev";
const USER: &str = "user_1";

static KEY: LazyLock<Key> = LazyLock::new(Key::generate);
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().unwrap());
static VERIFIER: LazyLock<SessionVerifier> = LazyLock::new(|| {
    let keys = Arc::new(Keys::from_pem(&KEY.public_pem()).unwrap());
    SessionVerifier::new(keys, Issuer::parse(ISSUER).unwrap(), TokenRules::default())
});

fn verified(token: &str) -> Option<VerifiedCaller> {
    RUNTIME.block_on(VERIFIER.verify(token)).ok()
}

/// The header and the claims of a valid token.
fn parts() -> [Value; 2] {
    let (header, claims) = Token::of_instance(ISSUER, USER).texts();
    [header, claims].map(|text| serde_json::from_str(&text).unwrap())
}

pub(crate) fn an_accepted_token_is_of_this_instance_and_of_now(bytes: &[u8]) {
    assert!(verified(&KEY.sign(Hash::Sha256, &parts()[0].to_string(), &parts()[1].to_string())).is_some());
    let Some((is_pending, header, claims)) = input::<(bool, Vec<Edit>, Vec<Edit>)>(bytes) else { return };
    let [valid_header, mut valid_claims] = parts();
    if is_pending {
        valid_claims["sts"] = "pending".into();
    }
    let [header, claims] = [edited(&valid_header, &header), edited(&valid_claims, &claims)];
    let Some(caller) = verified(&KEY.sign(Hash::Sha256, &header, &claims)) else { return };
    // Members of the header that nobody reads may be numbers that do not fit into a `Value`.
    let header: HashMap<String, &RawValue> = serde_json::from_str(&header).unwrap();
    let member = |name| header.get(name).map(|text| serde_json::from_str::<Value>(text.get()).unwrap());
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(member("alg"), Some("RS256".into()));
    assert!(!header.contains_key("crit") && member("typ").is_none_or(|typ| typ == "JWT"));
    // A JWT template's token is refused too, because these rules name no audience.
    assert!(member("cat").is_none_or(|cat| cat == "cl_B7d4PD111AAA" || cat == "cl_I7d4PD111III"));
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], caller.identity.subject.as_str());
    assert!(ClerkUserId::parse(caller.identity.subject.as_str()).is_ok());
    assert!(claims["sid"].as_str().is_some_and(|sid| !sid.is_empty()));
    assert!(claims["exp"].as_f64().unwrap() > now_seconds() - 6.0);
    for name in ["nbf", "iat"] {
        assert!(claims.get(name).is_none_or(|time| time.as_f64().unwrap() < now_seconds() + 6.0), "{name}");
    }
    assert!(claims.get("sts").is_none_or(|status| status.is_string() && status != "pending"));
}

pub(crate) fn a_token_with_another_byte_is_never_accepted(bytes: &[u8]) {
    let [header, claims] = parts();
    let valid = KEY.sign(Hash::Sha256, &header.to_string(), &claims.to_string());
    let Some(changes) = input::<Vec<(u16, u8)>>(bytes) else { return };
    let mut bytes = valid.clone().into_bytes();
    for (place, byte) in changes {
        let place = usize::from(place) % bytes.len();
        bytes[place] = byte % 128;
    }
    let token = String::from_utf8(bytes).unwrap();
    assert_eq!(verified(&token).is_some(), token == valid, "{token}");
}
