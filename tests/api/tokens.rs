//! Session tokens: which are accepted, and what those are told who bring another.

mod audience;
mod carriage;
mod claims;
mod every_route;
mod header;
mod keys;
mod parties;
mod signature;
mod time;

use harness::{Token, Usher, new_user_id};

/// A way to spoil a token, and what the `detail` of the answer then names.
type Spoiled = (&'static str, &'static str, fn(Token) -> Token);
/// A way to change a token that leaves it good.
type Good = (&'static str, fn(Token) -> Token);

/// Every route that wants a caller refuses the token: 401, a challenge, and the reason.
async fn assert_refused(usher: &Usher, row: &str, token: &str, reason: &str) {
    for path in ["/users/me", "/users/me/status", "/users/user_1"] {
        let detail = usher.get(path, token).await.labeled(row).expect_unauthorized("invalid-token");
        assert!(detail.contains(reason), "{row}: the detail does not name {reason}: {detail}");
    }
}

/// Every route takes the token's bearer for the user.
async fn assert_accepted(usher: &Usher, row: &str, user_id: &str, token: &str) {
    let me = usher.get("/users/me", token).await.labeled(row).expect_json();
    assert_eq!(me["id"], user_id, "{row}");
    let status = usher.get("/users/me/status", token).await.labeled(row).expect_json();
    assert_eq!((&status["status"], &status["identity"]["subject"]), (&"signed_in".into(), &user_id.into()), "{row}");
    assert_eq!(usher.get(&format!("/users/{user_id}"), token).await.labeled(row).expect_json()["id"], user_id, "{row}");
}

/// A user who would be let in, were it not for the token.
async fn a_user(usher: &Usher) -> String {
    let id = new_user_id();
    usher.deliver_user_created(&id).await;
    assert_accepted(usher, "a good token", &id, &usher.session_token(&id)).await;
    id
}

async fn assert_all_refused(usher: &Usher, rows: &[Spoiled]) {
    let user = a_user(usher).await;
    for (row, reason, spoil) in rows {
        assert_refused(usher, row, &spoil(usher.token(&user)).minted_by(usher.clerk()), reason).await;
    }
}

async fn assert_all_accepted(usher: &Usher, rows: &[Good]) {
    let user = a_user(usher).await;
    for (row, change) in rows {
        assert_accepted(usher, row, &user, &change(usher.token(&user)).minted_by(usher.clerk())).await;
    }
}
