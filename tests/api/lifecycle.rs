//! The life of a user from sign-up to deletion, driven by the Backend API of the emulator like the tour of `cargo dev`.

use futures_util::future::join_all;
use harness::{Usher, eventually, new_user_id, now_ms, number, text, user_object};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    caller::Caller,
    purge::{assert_receipt, start_with_short_settle_time, wait_until_closed},
};

/// Creates a user through the Backend API, which sends the webhook.
async fn sign_up(usher: &Usher, name: &str) -> Value {
    // All tests share the instance, and an address can belong to one user only.
    let email = format!("{name}.{}@example.com", new_user_id());
    let user = json!({
        "email_address": [email], "first_name": name, "last_name": "Lovelace",
        "public_metadata": {"plan": "pro"}, "private_metadata": {"stripe": "cus_1"},
    });
    usher.clerk_request(Method::POST, "/v1/users", &user).await
}

async fn sign_in(usher: &Usher, user_id: &str) -> String {
    let session = usher.clerk_request(Method::POST, "/v1/sessions", &json!({"user_id": user_id})).await;
    let path = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    let token = usher.clerk_request(Method::POST, &path, &json!({})).await;
    token["jwt"].as_str().unwrap().to_owned()
}

fn without_private_metadata(user: &Value) -> Value {
    let mut user = user.clone();
    assert_eq!(user.as_object_mut().unwrap().remove("private_metadata"), Some(json!({"stripe": "cus_1"})));
    user
}

#[tokio::test]
async fn a_user_signs_up_changes_name_is_seen_and_is_deleted() {
    let usher = Usher::shared().await;

    let ada = sign_up(&usher, "Ada").await;
    let id = ada["id"].as_str().unwrap();
    let token = sign_in(&usher, id).await;
    assert_eq!(usher.get("/users/me", &token).await.expect_json(), without_private_metadata(&ada));

    let change = json!({"first_name": "Augusta Ada", "username": "augusta"});
    let changed = usher.clerk_request(Method::PATCH, &format!("/v1/users/{id}"), &change).await;
    assert_eq!(changed["first_name"], "Augusta Ada");
    assert_eq!(usher.get("/users/me", &token).await.expect_json(), without_private_metadata(&changed));

    let bob = sign_up(&usher, "Bob").await;
    let bobs_token = sign_in(&usher, bob["id"].as_str().unwrap()).await;
    let card = json!({
        "id": id, "name": "Augusta Ada Lovelace", "username": "augusta", "image_url": changed["image_url"],
    });
    assert_eq!(usher.get(&format!("/users/{id}"), &bobs_token).await.expect_json(), card);

    usher.clerk_request(Method::DELETE, &format!("/v1/users/{id}"), &json!({})).await;
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");
    usher.get(&format!("/users/{id}"), &bobs_token).await.expect_problem(404, "not-found");
}

/// Creates threads with messages and exchanges, settings, and requests with a key. Returns the paths of the threads.
async fn create_data(user: &Caller<'_>) -> Vec<String> {
    let threads = join_all((0..3).map(|_| user.create_thread())).await;
    for thread in &threads {
        user.create_message(thread, "Hello").await;
        let exchange = json!({"user": {"content": "Why?"}, "assistant": {"content": "Because.", "model": "opus"}});
        user.post_with_key(&format!("{thread}/exchanges"), thread, &exchange).await.expect_created();
    }
    user.patch("/settings", &json!({"theme": "dark", "name": "Ada"})).await.expect_json();
    threads
}

#[tokio::test]
async fn an_account_deleted_at_clerk_leaves_only_the_receipt() {
    let usher = start_with_short_settle_time().await;
    let (ada, bob) = (Caller::at_clerk(&usher, "Ada").await, Caller::at_clerk(&usher, "Bob").await);
    let adas_threads = create_data(&ada).await;
    create_data(&bob).await;
    let bobs = bob.rows().await;

    // Ada deletes a thread with its three messages.
    ada.delete(&adas_threads[0]).await.assert_no_content();
    ada.get(&adas_threads[0]).await.expect_problem(404, "not-found");
    assert_eq!(ada.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 2);

    // Ada changes her name and keeps her data.
    let owned_rows = ada.owned_rows().await;
    usher.clerk_request(Method::PATCH, &format!("/v1/users/{}", ada.id), &json!({"first_name": "Augusta"})).await;
    assert_eq!(ada.get("/users/me").await.expect_json()["first_name"], "Augusta");
    assert!(ada.owned_rows().await == owned_rows, "a webhook has changed the data of the user");
    // 2 threads, the tombstone of a thread, 6 messages, settings and 3 requests.
    assert_eq!(owned_rows.len(), 13);

    // Clerk deletes her account and sends a webhook.
    let before = now_ms();
    usher.clerk_request(Method::DELETE, &format!("/v1/users/{}", ada.id), &json!({})).await;
    ada.get("/threads").await.expect_unauthorized("user-deleted");
    ada.get("/settings").await.expect_unauthorized("user-deleted");

    let only_row = async || {
        let rows = ada.rows().await;
        (rows.len() == 1).then(|| rows[0].clone())
    };
    let tombstone = eventually("all rows except the tombstone are erased", only_row).await;
    assert!((before..=now_ms()).contains(&number(&tombstone, "deleted_at")), "{tombstone:?}");
    let receipt = wait_until_closed(&usher, async || only_row().await.unwrap()).await;
    assert_eq!(number(&receipt, "deleted_at"), number(&tombstone, "deleted_at"));
    assert_receipt(&receipt, owned_rows.len());

    // The table holds only the receipt and the rows of Bob.
    let (kept, rest): (Vec<_>, Vec<_>) =
        usher.scan().await.into_iter().partition(|row| text(row, "pk") == format!("USER#{}", bob.id));
    assert_eq!(rest, std::slice::from_ref(&receipt));
    assert_eq!(kept.len(), bobs.len());
    assert!(bob.rows().await == bobs, "the rows of Bob have changed");

    // A repeated webhook, a late webhook and another scheduled run change nothing.
    usher.deliver_user_deleted(&ada.id).await;
    let late = usher.event("user.updated", &user_object(&ada.id, now_ms()), now_ms());
    usher.deliver(late).await.assert_outcome("stale");
    usher.run_schedule("purge-deletions").await;
    assert_eq!(ada.rows().await, [receipt]);
    ada.post("/threads", &json!({})).await.expect_unauthorized("user-deleted");
    assert_eq!(bob.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 3);
}
