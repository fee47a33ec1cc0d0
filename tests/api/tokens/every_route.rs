//! Authentication: every route of the template applies the same rules.

use harness::{Answer, Usher, now_ms, user_object};

use crate::{
    caller::Caller,
    routes::{self, Route, unknown_thread_id},
};

/// Routes that do not require the session of a known user. Other tests cover them.
const EXCEPTIONS: [&str; 2] = ["POST /webhooks/clerk", "GET /users/me/status"];

/// The route that also serves deleted users, for a repeat, and users whose webhook has not arrived.
const DELETE_ACCOUNT: &str = "DELETE /users/me";

fn routes_of_known_users_except_deletion() -> impl Iterator<Item = Route> {
    routes_of_known_users().into_iter().filter(|route| route.name() != DELETE_ACCOUNT)
}

fn routes_of_known_users() -> Vec<Route> {
    let (open, guarded): (Vec<_>, Vec<_>) =
        routes::all().into_iter().partition(|route| EXCEPTIONS.contains(&route.name().as_str()));
    assert_eq!(open.len(), EXCEPTIONS.len(), "an exception is not a route: {open:?}");
    guarded
}

async fn call_route(caller: &Caller<'_>, route: &Route) -> Answer {
    let path = route.path_of(&unknown_thread_id(), &caller.id);
    caller.send_json(route.method.clone(), &path, route.body()).await.labeled(&route.name())
}

#[tokio::test]
async fn every_route_refuses_a_request_without_a_token() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for route in routes_of_known_users() {
        let path = route.path_of(&unknown_thread_id(), &ada.id);
        let json = ("content-type", "application/json".to_owned());
        let answer = usher.call(route.method.clone(), &path, std::slice::from_ref(&json), route.body()).await;
        answer.labeled(&route.name()).expect_unauthorized("no-token");

        // The token is checked first, so the response does not mention the invalid query and body.
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
    let thread = ada.create_thread().await;
    let deliver = async |later_ms: i64, state: &str| {
        let at = now_ms() + later_ms;
        let user = user_object(&ada.id, at).replace(r#""banned":false,"locked":false"#, state);
        usher.deliver(usher.event("user.updated", &user, at)).await.assert_outcome("updated");
    };

    deliver(1, r#""banned":true,"locked":false"#).await;
    let before = ada.sort_keys().await;
    for route in routes_of_known_users() {
        let answer =
            ada.send_json(route.method.clone(), &route.path_of(&unknown_thread_id(), &bob.id), route.body()).await;
        answer.labeled(&route.name()).expect_problem(403, "user-banned");
    }
    ada.get("/users/me/status").await.expect_problem(403, "user-banned");
    ada.get(&thread).await.expect_problem(403, "user-banned");
    assert_eq!(ada.sort_keys().await, before);
    // A ban does not hide the user from others.
    assert_eq!(bob.get(&format!("/users/{}", ada.id)).await.expect_json()["id"], *ada.id);

    // Wrong passwords, even of a stranger, lock a user. Sessions that exist stay valid.
    deliver(2, r#""banned":false,"locked":true"#).await;
    ada.get(&thread).await.expect_json();
    ada.create_message(&thread, "I am back").await;
}

#[tokio::test]
async fn every_route_refuses_a_deleted_user_and_stores_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    usher.deliver_user_deleted(&ada.id).await;
    for route in routes_of_known_users_except_deletion() {
        call_route(&ada, &route).await.expect_unauthorized("user-deleted");
    }
    assert_eq!(ada.sort_keys().await, ["USER"]);
}

#[tokio::test]
async fn every_route_asks_an_unsynced_user_to_retry() {
    let usher = Usher::shared().await;
    let ada = Caller::unsynced(&usher);
    for route in routes_of_known_users_except_deletion() {
        let answer = call_route(&ada, &route).await;
        answer.expect_problem(404, "user-not-synced");
        assert_eq!(answer.header("retry-after"), Some("1"), "{}", route.name());
    }
    assert_eq!(ada.rows().await, []);
}
