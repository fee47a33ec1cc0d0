//! What is kept of a user object, and what is removed from it.

use std::{borrow::Cow, collections::HashMap};

use serde_json::{Value, json, value::RawValue};
use usher_clerk::User;

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

const PRIVATE_METADATA: &str = "private_metadata";
const MEMBERSHIPS: &str = "organization_memberships";

type Members<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

fn user() -> Value {
    json!({
        "id": "user_1", "first_name": "Ada", "last_name": null, "updated_at": 1_700_000_000_000_u64, "banned": false,
        "public_metadata": {"private_metadata": "a developer's", "n": 0.5}, "private_metadata": {"secret": 1},
        "organization_memberships": [
            {"id": "orgmem_1", "private_metadata": {"secret": 2},
             "organization": {"id": "org_1", "private_metadata": {"secret": 3}}},
            {"id": "orgmem_2", "organization": {"id": "org_2"}}
        ]
    })
}

/// Asserts that an object has no private metadata, however the name is spelt.
fn assert_public(members: &Members<'_>) {
    assert!(!members.contains_key(PRIVATE_METADATA));
}

pub(crate) fn private_metadata_never_survives(bytes: &[u8]) {
    let Some(edits) = input::<Vec<Edit>>(bytes) else { return };
    let text = edited(&user(), &edits);
    let Ok(user) = User::parse(&text) else { return };
    let public = user.without_private_metadata();
    let members: Members = serde_json::from_str(&public).unwrap();
    assert_public(&members);
    if let Some(memberships) = members.get(MEMBERSHIPS) {
        for membership in serde_json::from_str::<Vec<Members>>(memberships.get()).unwrap() {
            assert_public(&membership);
            let organization = membership.get("organization").map(|text| serde_json::from_str::<Members>(text.get()));
            organization.and_then(Result::ok).iter().for_each(assert_public);
        }
    }
    // The rest is kept to the byte.
    let before: Members = serde_json::from_str(&text).unwrap();
    for (name, value) in before.iter().filter(|(name, _)| ![PRIVATE_METADATA, MEMBERSHIPS].contains(&name.as_ref())) {
        assert_eq!(members.get(name).map(|value| value.get()), Some(value.get()), "{name}");
    }
    let again = User::parse(&public).unwrap_or_else(|error| panic!("{error}: {public}"));
    assert_eq!((again.id(), again.card()), (user.id(), user.card()));
    assert_eq!(again.without_private_metadata(), public);
}
