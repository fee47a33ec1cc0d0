//! A deleted user is gone for everyone, themselves included.

use harness::{Usher, new_user_id};

#[tokio::test]
async fn the_token_of_a_deleted_user_opens_nothing() {
    let usher = Usher::shared().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.sync(&ada).await;
    usher.sync(&bob).await;
    let token = usher.minted(&ada);
    usher.get("/users/me", &token).await.json();

    usher.delete(&ada).await;
    for path in
        ["/users/me".to_owned(), "/users/me/status".to_owned(), format!("/users/{bob}"), format!("/users/{ada}")]
    {
        usher.get(&path, &token).await.is_refusal("user-deleted");
    }
}

#[tokio::test]
async fn a_user_who_was_deleted_before_they_were_ever_seen_is_deleted_all_the_same() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    usher.delete(&ada).await;
    for path in ["/users/me", "/users/me/status"] {
        usher.get(path, &usher.minted(&ada)).await.is_refusal("user-deleted");
    }
}

#[tokio::test]
async fn others_find_a_deleted_user_no_more_than_one_who_never_was() {
    let usher = Usher::shared().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.sync(&ada).await;
    usher.sync(&bob).await;
    let bobs_token = usher.minted(&bob);
    usher.get(&format!("/users/{ada}"), &bobs_token).await.json();

    usher.delete(&ada).await;
    let deleted = usher.get(&format!("/users/{ada}"), &bobs_token).await.is_problem(404, "not-found");
    let unknown = usher.get(&format!("/users/{}", new_user_id()), &bobs_token).await.is_problem(404, "not-found");
    assert_eq!(deleted, unknown);
}
