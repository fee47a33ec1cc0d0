//! The life of a user, from sign-up to the end, through the emulator's own API: the tour of `cargo dev`.

use harness::{Usher, new_user_id};
use reqwest::Method;
use serde_json::{Value, json};

/// A user at Clerk, created through the Backend API; its webhook is on its way by then.
async fn sign_up(usher: &Usher, name: &str) -> Value {
    // The instance is shared by all tests, and an address belongs to one user.
    let email = format!("{name}.{}@example.com", new_user_id());
    let user = json!({
        "email_address": [email], "first_name": name, "last_name": "Lovelace",
        "public_metadata": {"plan": "pro"}, "private_metadata": {"stripe": "cus_1"},
    });
    usher.backend(Method::POST, "/v1/users", &user).await
}

async fn sign_in(usher: &Usher, user_id: &str) -> String {
    let session = usher.backend(Method::POST, "/v1/sessions", &json!({"user_id": user_id})).await;
    let path = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    let token = usher.backend(Method::POST, &path, &json!({})).await;
    token["jwt"].as_str().unwrap().to_owned()
}

fn without_private_metadata(user: &Value) -> Value {
    let mut user = user.clone();
    assert_eq!(user.as_object_mut().unwrap().remove("private_metadata"), Some(json!({"stripe": "cus_1"})));
    user
}

#[tokio::test]
async fn ada_signs_up_is_known_changes_her_name_is_seen_by_bob_and_is_erased() {
    let usher = Usher::shared().await;

    let ada = sign_up(&usher, "Ada").await;
    let id = ada["id"].as_str().unwrap();
    let token = sign_in(&usher, id).await;
    assert_eq!(usher.get("/users/me", &token).await.json(), without_private_metadata(&ada));

    let change = json!({"first_name": "Augusta Ada", "username": "augusta"});
    let changed = usher.backend(Method::PATCH, &format!("/v1/users/{id}"), &change).await;
    assert_eq!(changed["first_name"], "Augusta Ada");
    assert_eq!(usher.get("/users/me", &token).await.json(), without_private_metadata(&changed));

    let bob = sign_up(&usher, "Bob").await;
    let bobs_token = sign_in(&usher, bob["id"].as_str().unwrap()).await;
    let card = json!({
        "id": id, "name": "Augusta Ada Lovelace", "username": "augusta", "image_url": changed["image_url"],
    });
    assert_eq!(usher.get(&format!("/users/{id}"), &bobs_token).await.json(), card);

    usher.backend(Method::DELETE, &format!("/v1/users/{id}"), &json!({})).await;
    usher.get("/users/me", &token).await.is_refusal("user-deleted");
    usher.get(&format!("/users/{id}"), &bobs_token).await.is_problem(404, "not-found");
}
