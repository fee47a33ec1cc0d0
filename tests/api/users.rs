//! Users: the data that a caller sees of themselves and of others.

mod deleted;
mod first_request;
mod status;

use harness::{Usher, new_user_id, now_ms, user_object};
use serde_json::{Value, json};

#[tokio::test]
async fn a_user_sees_their_clerk_object_without_private_metadata() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    let object = user_object(&ada, now_ms());
    usher.deliver(usher.event("user.created", &object, now_ms())).await.assert_outcome("created");

    let answer = usher.get("/users/me", &usher.session_token(&ada)).await;
    let mut expected: Value = serde_json::from_str(&object).unwrap();
    expected.as_object_mut().unwrap().remove("private_metadata").unwrap();
    assert_eq!(answer.expect_json(), expected);
    // The spelling of numbers and strings is unchanged.
    for text in [r#""ratio":1.10"#, r"Love\u006cace", r"https:\/\/img"] {
        assert!(answer.body.contains(text), "{text} is not in {}", answer.body);
    }
}

#[tokio::test]
async fn private_metadata_of_organizations_is_removed_too() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    let now = now_ms();
    let object = format!(
        r#"{{"id":"{ada}","object":"user","updated_at":{now},"private_metadata":{{"a":"secret-1"}},
            "organization_memberships":[{{"id":"orgmem_1","role":"org:admin","private_metadata":{{"b":"secret-2"}},
            "organization":{{"id":"org_1","name":"Acme","private_metadata":{{"c":"secret-3"}}}}}}]}}"#
    );
    usher.deliver(usher.event("user.created", &object, now)).await.assert_outcome("created");
    for path in ["/users/me", "/users/me/status"] {
        let answer = usher.get(path, &usher.session_token(&ada)).await;
        assert!(answer.expect_json().to_string().contains("Acme"), "{}", answer.body);
        assert!(!answer.body.contains("secret-") && !answer.body.contains("private_metadata"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_card_has_only_id_name_username_and_image() {
    let usher = Usher::shared().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_created(&bob).await;
    let card = usher.get(&format!("/users/{ada}"), &usher.session_token(&bob)).await.expect_json();
    let expected = json!({
        "id": ada, "name": "Ada Lovelace", "username": format!("ada_{ada}"),
        "image_url": format!("https://img.clerk.com/{ada}"),
    });
    assert_eq!(card, expected);
    let own = usher.get(&format!("/users/{bob}"), &usher.session_token(&bob)).await.expect_json();
    assert_eq!(own["id"], json!(bob));
}

#[tokio::test]
async fn an_unknown_or_invalid_id_has_no_card() {
    let usher = Usher::shared().await;
    let (bob, unknown) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&bob).await;
    let too_long = format!("user_{}", "a".repeat(65));
    for (row, id) in [
        ("an unknown id", unknown.as_str()),
        ("the id of an organization", "org_2abc"),
        ("a prefix alone", "user_"),
        ("an id with a key separator", "user_1%23USER"),
        ("a path with `..`", "..%2Fusers%2Fme"),
        ("an emoji", "user_%F0%9F%91%8B"),
        ("an id that is too long", &too_long),
    ] {
        usher
            .get(&format!("/users/{id}"), &usher.session_token(&bob))
            .await
            .labeled(row)
            .expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn an_unsynced_user_is_asked_to_retry() {
    let usher = Usher::shared().await;
    let (early, ada) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&ada).await;
    let token = usher.session_token(&early);
    for path in ["/users/me".to_owned(), format!("/users/{ada}"), format!("/users/{early}")] {
        let answer = usher.get(&path, &token).await;
        answer.expect_problem(404, "user-not-synced");
        assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
    }
    usher.deliver_user_created(&early).await;
    usher.get("/users/me", &token).await.expect_json();
}
