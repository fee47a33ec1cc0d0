//! The bodies of requests, and the settings that merge patches change.

use serde_json::{Map, Value, json};
use usher_contract::limits::MAX_JSON_LEVELS;
use usher_runtime::{JsonRequest as _, Request};
use usher_store::{MergePatch, UserSettings};

use crate::{
    input::input,
    json_edit::{Edit, edited},
};

fn base() -> Value {
    json!({"theme": "dark", "list": [1, {"a": null}], "editor": {"tabs": 4, "font": {"size": 12, "name": "Mono"}}})
}

fn patch() -> Value {
    json!({"theme": null, "list": {"a": null}, "editor": {"tabs": [null], "font": {"name": null, "size": 13}}, "new": {"b": null}})
}

fn body(text: String) -> Option<Map<String, Value>> {
    let mut request = Request::new(text.into());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.json_object().ok()
}

/// Applies a merge patch as the pseudocode of RFC 7396 §2 does.
fn merged(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut target = if let Value::Object(target) = target { target } else { Map::new() };
    for (name, change) in changes {
        let before = target.remove(name);
        if !change.is_null() {
            target.insert(name.clone(), merged(before.unwrap_or(Value::Null), change));
        }
    }
    Value::Object(target)
}

pub(crate) fn an_accepted_body_means_the_same_to_every_parser(bytes: &[u8]) {
    let Some(edits) = input::<Vec<Edit>>(bytes) else { return };
    let text = edited(&base(), &edits);
    let Some(object) = body(text.clone()) else { return };
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Object(object.clone()));
    let written = serde_json::to_string(&object).unwrap();
    assert_eq!(body(written), Some(object));
}

pub(crate) fn a_merge_patch_is_applied_as_the_standard_says(bytes: &[u8]) {
    let Some((values, changes)) = input::<(Vec<Edit>, Vec<Edit>)>(bytes) else { return };
    let (Some(values), Some(patch)) = (body(edited(&base(), &values)), body(edited(&patch(), &changes))) else {
        return;
    };
    let expected = merged(Value::Object(values.clone()), &Value::Object(patch.clone()));
    let patched = UserSettings { values, version: 6 }.patched(&MergePatch::from(patch));
    assert_eq!((Value::Object(patched.values), patched.version), (expected, 7));
}

pub(crate) fn a_body_is_never_deeper_than_the_limit(bytes: &[u8]) {
    let Some((open, close)) = input::<(u8, u8)>(bytes) else { return };
    let text = format!(r#"{{"a":{}{}}}"#, "[".repeat(open.into()), "]".repeat(close.into()));
    let is_valid = open == close && open > 0 && usize::from(open) < MAX_JSON_LEVELS;
    assert_eq!(body(text).is_some(), is_valid);
}
