//! The comparison of the users here with those at Clerk, after webhooks were lost.

mod at_scale;
mod bad_objects;
mod interruptions;
mod missed;
mod restored;
mod standing;
mod ties;
mod unknown;

use clerk_emulator::WebhookDelivery;
use harness::{Usher, new_user_id, now_ms, number, user_object, user_row};
use local::{InvokeError, Options, Schedules};
use serde_json::{Value, json};

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// Starts a stack that loses all webhooks. Its instance has the rate limit of production.
pub(crate) async fn start_stack(change: impl FnOnce(&mut Options)) -> Usher {
    let usher = Usher::with_options(|options| {
        options.environment.insert("CLERK_SECRET_KEY".to_owned(), Some("sk_live_0123456789".to_owned()));
        options.schedules = Schedules::Off;
        change(options);
    })
    .await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher
}

pub(crate) async fn reconcile(usher: &Usher, request: Value) -> Value {
    usher.invoke("reconcile-users", request.to_string()).await.unwrap()
}

/// A request that imports users and deletes none.
pub(crate) fn import_request() -> Value {
    json!({"dry_run": false})
}

/// The request of the schedule.
pub(crate) fn daily_request() -> Value {
    json!({"dry_run": false, "scheduled": true})
}

/// The counts of a report that are not zero.
pub(crate) fn nonzero_counts(report: &Value) -> Value {
    let mut report = report.as_object().unwrap().clone();
    report.retain(|name, value| value.is_u64() && name != "started_at" && *value != 0);
    report.into()
}

#[tokio::test]
async fn a_manual_run_is_a_dry_run_by_default() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(3);
    let report = reconcile(&usher, json!({})).await;
    assert_eq!((&report["outcome"], &report["dry_run"]), (&json!("finished"), &json!(true)));
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 3, "created": 3}));
    for user in &users {
        assert_eq!(usher.row(user).await, None);
    }
}

#[tokio::test]
async fn missing_and_outdated_users_are_imported_exactly_once() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(5);
    let [missing, older, same, newer, deleted] = &users[..] else { panic!("expected five users") };
    for user in [older, same] {
        let object = usher.clerk().user_object(user).unwrap();
        usher.deliver(usher.event("user.created", &object.to_string(), now_ms())).await.assert_outcome("created");
    }
    usher.clerk().touch_user(older);
    let later = now_ms() + 60_000;
    usher.deliver(usher.event("user.created", &user_object(newer, later), later)).await.assert_outcome("created");
    usher.deliver_user_deleted(deleted).await;

    let expected = json!({
        "at_clerk": 5, "created": 1, "updated": 1, "unchanged": 2, "deleted_here": 1, "here": 4,
    });
    let report = reconcile(&usher, import_request()).await;
    assert_eq!((&report["outcome"], nonzero_counts(&report)), (&json!("finished"), expected));
    for user in [missing, older, same] {
        let kept: Value = serde_json::from_str(&usher.stored_user(user).await).unwrap();
        assert_eq!(Some(kept), usher.clerk().user_object(user));
    }
    assert_eq!(number(&usher.row(newer).await.unwrap(), "updated_at"), later);
    assert!(usher.row(deleted).await.unwrap().contains_key("deleted_at"));

    let report = reconcile(&usher, import_request()).await;
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 5, "unchanged": 4, "deleted_here": 1, "here": 4}));
}

#[tokio::test]
async fn the_schedule_starts_a_run_once_a_day() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(1);
    let request = json!({"dry_run": false, "scheduled": true, "at_most_every_hours": 23});
    assert_eq!(reconcile(&usher, request.clone()).await["outcome"], "finished");
    usher.clerk().add_users(1);
    let report = reconcile(&usher, request).await;
    assert_eq!(
        (&report["outcome"], nonzero_counts(&report)),
        (&json!("not_due"), json!({"at_clerk": 1, "created": 1, "missed": 1, "here": 1}))
    );
    // A manual run ignores the interval.
    assert_eq!(nonzero_counts(&reconcile(&usher, import_request()).await)["created"], 1);
}

#[tokio::test]
async fn an_invalid_request_is_refused_and_its_field_is_named() {
    let usher = start_stack(|_| {}).await;
    for (request, field) in [
        (json!({"dryrun": false}), "dryrun"),
        (json!({"max_delete_percent": 101}), "max_delete_percent"),
        (json!({"dry_run": "no"}), "no"),
    ] {
        let error = usher.invoke("reconcile-users", request.to_string()).await.unwrap_err();
        let InvokeError::Handler { message, .. } = &error else { panic!("{error}") };
        assert!(message.contains(field), "{request}: {message}");
    }
    assert_eq!(usher.clerk().count_requests("GET", "/v1/users"), 0);
}

/// Seeds users that Clerk does not know, synced two hours ago.
pub(crate) async fn seed_unknown_users(usher: &Usher, count: usize) -> Vec<String> {
    let users: Vec<_> = (0..count).map(|_| new_user_id()).collect();
    usher.seed(users.iter().map(|user| user_row(user, 1, now_ms() - 2 * HOUR_MS))).await;
    users
}
