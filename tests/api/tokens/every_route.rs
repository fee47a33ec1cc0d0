//! Who is let in: the same on every route of the template.

use harness::{Answer, Usher};

use crate::{
    caller::Caller,
    routes::{self, Route, nobodys_thread},
};

/// Routes that ask for no session of a known user, and are tested for what they do instead.
const EXCEPTIONS: [&str; 2] = ["POST /webhooks/clerk", "GET /users/me/status"];

/// Who leaves may repeat it, and no webhook need have arrived.
const LEAVING: &str = "DELETE /users/me";

fn guarded_but_leaving() -> impl Iterator<Item = Route> {
    guarded().into_iter().filter(|route| route.name() != LEAVING)
}

fn guarded() -> Vec<Route> {
    let (open, guarded): (Vec<_>, Vec<_>) =
        routes::all().into_iter().partition(|route| EXCEPTIONS.contains(&route.name().as_str()));
    assert_eq!(open.len(), EXCEPTIONS.len(), "an exception names no route: {open:?}");
    guarded
}

async fn ask(caller: &Caller<'_>, route: &Route) -> Answer {
    let path = route.path_of(&nobodys_thread(), &caller.id);
    caller.ask(route.method.clone(), &path, route.body()).await.labeled(&route.name())
}

#[tokio::test]
async fn without_a_token_nobody_is_let_in() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for route in guarded() {
        let path = route.path_of(&nobodys_thread(), &ada.id);
        let json = ("content-type", "application/json".to_owned());
        let answer = usher.call(route.method.clone(), &path, std::slice::from_ref(&json), route.body()).await;
        answer.labeled(&route.name()).expect_unauthorized("no-token");

        // Before anything else: not even what is wrong with the request is said.
        let answer = usher.call(route.method.clone(), &format!("{path}?limit=0&cursor=0"), &[], b"{".to_vec()).await;
        answer.labeled(&route.name()).expect_unauthorized("no-token");

        let forged = ("authorization", format!("Bearer {}x", usher.session_token(&ada.id)));
        let answer = usher.call(route.method.clone(), &path, &[json, forged], route.body()).await;
        answer.labeled(&route.name()).expect_unauthorized("invalid-token");
    }
    assert_eq!(ada.sort_keys().await, ["USER"]);
}

#[tokio::test]
async fn a_banned_user_is_refused_until_the_ban_is_lifted() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let bob = Caller::new(&usher).await;
    let thread = ada.new_thread().await;
    let deliver = async |later_ms: i64, state: &str| {
        let at = harness::now_ms() + later_ms;
        let user = harness::user_object(&ada.id, at).replace(r#""banned":false,"locked":false"#, state);
        usher.deliver(usher.event("user.updated", &user, at)).await.assert_outcome("updated");
    };

    deliver(1, r#""banned":true,"locked":false"#).await;
    let before = ada.sort_keys().await;
    for route in guarded() {
        let answer = ada.ask(route.method.clone(), &route.path_of(&nobodys_thread(), &bob.id), route.body()).await;
        answer.labeled(&route.name()).expect_problem(403, "user-banned");
    }
    ada.get("/users/me/status").await.expect_problem(403, "user-banned");
    ada.get(&thread).await.expect_problem(403, "user-banned");
    assert_eq!(ada.sort_keys().await, before);
    // A ban says what a user may do, not what others see.
    assert_eq!(bob.get(&format!("/users/{}", ada.id)).await.expect_json()["id"], *ada.id);

    // Wrong passwords of a stranger lock a user; whoever is signed in stays so.
    deliver(2, r#""banned":false,"locked":true"#).await;
    ada.get(&thread).await.expect_json();
    ada.say(&thread, "I am back").await;
}

#[tokio::test]
async fn who_was_deleted_is_not_let_in_and_leaves_nothing_new() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    usher.deliver_user_deleted(&ada.id).await;
    for route in guarded_but_leaving() {
        ask(&ada, &route).await.expect_unauthorized("user-deleted");
    }
    assert_eq!(ada.sort_keys().await, ["USER"]);
}

#[tokio::test]
async fn who_is_not_known_yet_is_told_to_try_again_and_leaves_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::unsynced(&usher);
    for route in guarded_but_leaving() {
        let answer = ask(&ada, &route).await;
        answer.expect_problem(404, "user-not-synced");
        assert_eq!(answer.header("retry-after"), Some("1"), "{}", route.name());
    }
    assert_eq!(ada.rows().await, []);
}
