//! The life of a user, from sign-up to the end, through the emulator's own API: the tour of `cargo dev`.

use futures_util::future::join_all;
use harness::{Usher, eventually, new_user_id, now_ms, number, text, user_object};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    caller::Caller,
    purge::{assert_receipt, closed, purging},
};

/// A user at Clerk, created through the Backend API; its webhook is on its way by then.
async fn sign_up(usher: &Usher, name: &str) -> Value {
    // The instance is shared by all tests, and an address belongs to one user.
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
async fn ada_signs_up_is_known_changes_her_name_is_seen_by_bob_and_is_erased() {
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

/// Threads with messages and exchanges, settings, and requests with a key; the paths of the threads.
async fn live_a_little(user: &Caller<'_>) -> Vec<String> {
    let threads = join_all((0..3).map(|_| user.new_thread())).await;
    for thread in &threads {
        user.say(thread, "Hello").await;
        let exchange = json!({"user": {"content": "Why?"}, "assistant": {"content": "Because.", "model": "opus"}});
        user.post_once(&format!("{thread}/exchanges"), thread, &exchange).await.expect_created();
    }
    user.patch("/settings", &json!({"theme": "dark", "name": "Ada"})).await.expect_json();
    threads
}

#[tokio::test]
async fn of_an_account_that_went_at_clerk_only_the_receipt_is_left() {
    let usher = purging().await;
    let (ada, bob) = (Caller::at_clerk(&usher, "Ada").await, Caller::at_clerk(&usher, "Bob").await);
    let adas_threads = live_a_little(&ada).await;
    live_a_little(&bob).await;
    let bobs = bob.rows().await;

    // Ada deletes a thread: its three messages go with it.
    ada.delete(&adas_threads[0]).await.assert_no_content();
    ada.get(&adas_threads[0]).await.expect_problem(404, "not-found");
    assert_eq!(ada.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 2);

    // She gets another name: what belongs to her stays.
    let children = ada.children().await;
    usher.clerk_request(Method::PATCH, &format!("/v1/users/{}", ada.id), &json!({"first_name": "Augusta"})).await;
    assert_eq!(ada.get("/users/me").await.expect_json()["first_name"], "Augusta");
    assert!(ada.children().await == children, "a webhook has changed what belongs to the user");
    // 2 threads and a tombstone, 6 messages, settings, 3 requests.
    assert_eq!(children.len(), 13);

    // Then her account goes at Clerk, which tells it by a webhook.
    let before = now_ms();
    usher.clerk_request(Method::DELETE, &format!("/v1/users/{}", ada.id), &json!({})).await;
    ada.get("/threads").await.expect_unauthorized("user-deleted");
    ada.get("/settings").await.expect_unauthorized("user-deleted");

    let only_row = async || {
        let rows = ada.rows().await;
        (rows.len() == 1).then(|| rows[0].clone())
    };
    let tombstone = eventually("all rows but the tombstone are erased", only_row).await;
    assert!((before..=now_ms()).contains(&number(&tombstone, "deleted_at")), "{tombstone:?}");
    let receipt = closed(&usher, async || only_row().await.unwrap()).await;
    assert_eq!(number(&receipt, "deleted_at"), number(&tombstone, "deleted_at"));
    assert_receipt(&receipt, children.len());

    // Of all the table, the receipt and what is Bob's.
    let (kept, rest): (Vec<_>, Vec<_>) =
        usher.scan().await.into_iter().partition(|row| text(row, "pk") == format!("USER#{}", bob.id));
    assert_eq!(rest, std::slice::from_ref(&receipt));
    assert_eq!(kept.len(), bobs.len());
    assert!(bob.rows().await == bobs, "Bob's rows have changed");

    // Clerk repeats itself and comes late, and the schedule comes again.
    usher.deliver_user_deleted(&ada.id).await;
    let late = usher.event("user.updated", &user_object(&ada.id, now_ms()), now_ms());
    usher.deliver(late).await.assert_outcome("stale");
    usher.run_schedule("purge-deletions").await;
    assert_eq!(ada.rows().await, [receipt]);
    ada.post("/threads", &json!({})).await.expect_unauthorized("user-deleted");
    assert_eq!(bob.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 3);
}
