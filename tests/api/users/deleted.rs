//! Deleted users are invisible to others and have no access themselves.

use harness::{Usher, new_user_id};

#[tokio::test]
async fn the_token_of_a_deleted_user_is_refused() {
    let usher = Usher::shared().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_created(&bob).await;
    let token = usher.session_token(&ada);
    usher.get("/users/me", &token).await.expect_json();

    usher.deliver_user_deleted(&ada).await;
    for path in
        ["/users/me".to_owned(), "/users/me/status".to_owned(), format!("/users/{bob}"), format!("/users/{ada}")]
    {
        usher.get(&path, &token).await.expect_unauthorized("user-deleted");
    }
}

#[tokio::test]
async fn a_user_deleted_before_creation_is_refused() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    usher.deliver_user_deleted(&ada).await;
    for path in ["/users/me", "/users/me/status"] {
        usher.get(path, &usher.session_token(&ada)).await.expect_unauthorized("user-deleted");
    }
}

#[tokio::test]
async fn a_deleted_user_looks_like_an_unknown_one_to_others() {
    let usher = Usher::shared().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_created(&bob).await;
    let bobs_token = usher.session_token(&bob);
    usher.get(&format!("/users/{ada}"), &bobs_token).await.expect_json();

    usher.deliver_user_deleted(&ada).await;
    let deleted = usher.get(&format!("/users/{ada}"), &bobs_token).await.expect_problem(404, "not-found");
    let unknown = usher.get(&format!("/users/{}", new_user_id()), &bobs_token).await.expect_problem(404, "not-found");
    assert_eq!(deleted, unknown);
}
