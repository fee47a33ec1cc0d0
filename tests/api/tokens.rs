//! Session tokens: the accepted ones, and the responses to all others.

mod audience;
mod bearer;
mod claims;
mod every_route;
mod header;
mod keys;
mod parties;
mod signature;
mod time;

use harness::{Token, Usher, new_user_id};

/// The name of a case, the claim or header that the `detail` of the response must name, and a change that spoils a
/// token.
type RefusedCase = (&'static str, &'static str, fn(Token) -> Token);
/// The name of a case, and a change that leaves a token valid.
type AcceptedCase = (&'static str, fn(Token) -> Token);

/// Asserts that the routes refuse a token with 401, a challenge and the reason.
async fn assert_refused(usher: &Usher, row: &str, token: &str, reason: &str) {
    for path in ["/users/me", "/users/me/status", "/users/user_1"] {
        let detail = usher.get(path, token).await.labeled(row).expect_unauthorized("invalid-token");
        assert!(detail.contains(reason), "{row}: the detail does not name {reason}: {detail}");
    }
}

/// Asserts that the routes accept a token as that of the user.
async fn assert_accepted(usher: &Usher, row: &str, user_id: &str, token: &str) {
    let me = usher.get("/users/me", token).await.labeled(row).expect_json();
    assert_eq!(me["id"], user_id, "{row}");
    let status = usher.get("/users/me/status", token).await.labeled(row).expect_json();
    assert_eq!((&status["status"], &status["identity"]["subject"]), (&"signed_in".into(), &user_id.into()), "{row}");
    assert_eq!(usher.get(&format!("/users/{user_id}"), token).await.labeled(row).expect_json()["id"], user_id, "{row}");
}

/// Creates a user and asserts that a valid token of the user is accepted.
async fn create_user(usher: &Usher) -> String {
    let id = new_user_id();
    usher.deliver_user_created(&id).await;
    assert_accepted(usher, "a good token", &id, &usher.session_token(&id)).await;
    id
}

async fn assert_all_refused(usher: &Usher, rows: &[RefusedCase]) {
    let user = create_user(usher).await;
    for (row, reason, spoil) in rows {
        assert_refused(usher, row, &spoil(usher.token(&user)).minted_by(usher.clerk()), reason).await;
    }
}

async fn assert_all_accepted(usher: &Usher, rows: &[AcceptedCase]) {
    let user = create_user(usher).await;
    for (row, change) in rows {
        assert_accepted(usher, row, &user, &change(usher.token(&user)).minted_by(usher.clerk())).await;
    }
}
