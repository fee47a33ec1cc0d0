//! Settings: merge patches and concurrent changes.

use futures_util::future::join_all;
use harness::{integer, row, string};
use serde_json::{Value, json};
use usher_contract::limits::MAX_SETTINGS_BYTES;
use usher_store::{Error, IfMatch, UserSettings};

use crate::{builders::patch, fixture::Fixture};

/// The examples of RFC 7396, appendix A, whose original, patch and result are objects.
const EXAMPLES: [[&str; 3]; 10] = [
    [r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#],
    [r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#],
    [r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#],
    [r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#],
    [r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#],
    [r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#],
    [r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#],
    [r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#],
    [r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#],
    [r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#],
];

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn merge_patches_follow_the_examples_of_rfc_7396() {
    let fixture = Fixture::new().await;
    for [original, change, result] in EXAMPLES {
        let user = fixture.user().await;
        fixture.table.seed([row(&user, "SETTINGS", [("settings", string(original)), ("version", integer(7))])]).await;
        let answer = fixture.store.update_settings(&user, &patch(parse(change)), &IfMatch::Any).await.unwrap();
        assert_eq!((Value::Object(answer.values.clone()), answer.version), (parse(result), 8), "{original} {change}");
        assert_eq!(fixture.store.get_settings(&user).await.unwrap(), answer);
    }
}

#[tokio::test]
async fn untouched_settings_are_an_empty_object_of_version_0() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    assert_eq!(fixture.store.get_settings(&user).await.unwrap(), UserSettings::default());
    assert_eq!(fixture.rows(&user).await.len(), 1);
}

#[tokio::test]
async fn concurrent_changes_are_all_kept() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let changes = (0..20).map(async |number: usize| {
        let change = patch(json!({ number.to_string(): number, "shared": {number.to_string(): true} }));
        loop {
            match fixture.store.update_settings(&user, &change, &IfMatch::Any).await {
                Err(Error::Contended(_)) => {}
                answer => return answer.unwrap().version,
            }
        }
    });
    let mut versions = join_all(changes).await;
    versions.sort_unstable();
    assert_eq!(versions, (1..=20).collect::<Vec<_>>());
    let settings = fixture.store.get_settings(&user).await.unwrap();
    assert_eq!((settings.values.len(), settings.version), (21, 20));
    assert_eq!(settings.values["shared"].as_object().unwrap().len(), 20);
}

#[tokio::test]
async fn a_change_needs_one_of_its_expected_versions() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let change =
        async |value: Value, versions: IfMatch| fixture.store.update_settings(&user, &patch(value), &versions).await;
    assert_eq!(change(json!({"a": 1}), IfMatch::Versions(vec![0])).await.unwrap().version, 1);
    assert_eq!(change(json!({"a": 2}), IfMatch::Versions(vec![7, 1])).await.unwrap().version, 2);
    let before = fixture.rows(&user).await;
    for stale in [vec![1], vec![0], vec![], vec![3]] {
        let answer = change(json!({"a": 3}), IfMatch::Versions(stale)).await;
        assert!(matches!(answer, Err(Error::VersionMismatch)), "{answer:?}");
    }
    assert_eq!(fixture.rows(&user).await, before);
}

#[tokio::test]
async fn one_of_several_concurrent_changes_to_a_version_succeeds() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let changes = (0..10).map(async |number| {
        let change = patch(json!({"winner": number}));
        fixture.store.update_settings(&user, &change, &IfMatch::Versions(vec![0])).await
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(changes).await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::VersionMismatch))), "{refused:?}");
    assert_eq!(fixture.store.get_settings(&user).await.unwrap(), *done[0].as_ref().unwrap());
}

#[tokio::test]
async fn the_largest_settings_are_kept_and_one_byte_more_is_rejected() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let frame = json!({"a": ""}).to_string().len();
    let change = async |bytes: usize| {
        // Each character has two bytes.
        let text = "é".repeat((bytes - frame) / 2) + &"x".repeat((bytes - frame) % 2);
        fixture.store.update_settings(&user, &patch(json!({"a": text})), &IfMatch::Any).await
    };
    change(MAX_SETTINGS_BYTES).await.unwrap();
    let before = fixture.rows(&user).await;
    assert!(matches!(change(MAX_SETTINGS_BYTES + 1).await, Err(Error::SettingsTooLarge)));
    assert_eq!(fixture.rows(&user).await, before);
}
