//! Users here and at Clerk, compared, when webhooks were lost.

mod at_scale;
mod bad_objects;
mod missed;
mod standing;
mod ties;
mod trouble;
mod unknown;

use clerk_emulator::WebhookDelivery;
use harness::{Usher, new_user_id, now_ms, number, user_object, user_row};
use local::{InvokeError, Options};
use serde_json::{Value, json};

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// A stack whose webhooks are lost, of an instance whose rate limit is that of production.
pub(crate) async fn a_stack(change: impl FnOnce(&mut Options)) -> Usher {
    let usher = Usher::with_options(|options| {
        options.environment.insert("CLERK_SECRET_KEY".to_owned(), Some("sk_live_0123456789".to_owned()));
        options.schedules = local::Schedules::Off;
        change(options);
    })
    .await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher
}

pub(crate) async fn reconcile(usher: &Usher, order: Value) -> Value {
    usher.invoke("reconcile-users", order.to_string()).await.unwrap()
}

/// For real, and deleting nobody.
pub(crate) fn for_real() -> Value {
    json!({"dry_run": false})
}

/// As the schedule begins it.
pub(crate) fn daily() -> Value {
    json!({"dry_run": false, "scheduled": true})
}

/// What a report counts, less what is zero.
pub(crate) fn counts(report: &Value) -> Value {
    let mut report = report.as_object().unwrap().clone();
    report.retain(|name, value| value.is_u64() && name != "started_at" && *value != 0);
    report.into()
}

#[tokio::test]
async fn by_hand_it_only_looks() {
    let usher = a_stack(|_| {}).await;
    let users = usher.clerk().add_users(3);
    let report = reconcile(&usher, json!({})).await;
    assert_eq!((&report["outcome"], &report["dry_run"]), (&json!("finished"), &json!(true)));
    assert_eq!(counts(&report), json!({"at_clerk": 3, "created": 3}));
    for user in &users {
        assert_eq!(usher.row(user).await, None);
    }
}

#[tokio::test]
async fn what_is_missing_or_older_is_brought_in_and_a_repeat_changes_nothing() {
    let usher = a_stack(|_| {}).await;
    let users = usher.clerk().add_users(5);
    let [missing, older, same, newer, deleted] = &users[..] else { panic!("five") };
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
    let report = reconcile(&usher, for_real()).await;
    assert_eq!((&report["outcome"], counts(&report)), (&json!("finished"), expected));
    for user in [missing, older, same] {
        let kept: Value = serde_json::from_str(&usher.stored_user(user).await).unwrap();
        assert_eq!(Some(kept), usher.clerk().user_object(user));
    }
    assert_eq!(number(&usher.row(newer).await.unwrap(), "updated_at"), later);
    assert!(usher.row(deleted).await.unwrap().contains_key("deleted_at"));

    let report = reconcile(&usher, for_real()).await;
    assert_eq!(counts(&report), json!({"at_clerk": 5, "unchanged": 4, "deleted_here": 1, "here": 4}));
}

#[tokio::test]
async fn the_schedule_begins_once_a_day() {
    let usher = a_stack(|_| {}).await;
    usher.clerk().add_users(1);
    let order = json!({"dry_run": false, "scheduled": true, "at_most_every_hours": 23});
    assert_eq!(reconcile(&usher, order.clone()).await["outcome"], "finished");
    usher.clerk().add_users(1);
    let report = reconcile(&usher, order).await;
    assert_eq!(
        (&report["outcome"], counts(&report)),
        (&json!("not_due"), json!({"at_clerk": 1, "created": 1, "missed": 1, "here": 1}))
    );
    // By hand it is always time.
    assert_eq!(counts(&reconcile(&usher, for_real()).await)["created"], 1);
}

#[tokio::test]
async fn an_order_that_is_none_is_refused_by_its_field() {
    let usher = a_stack(|_| {}).await;
    for (order, field) in [
        (json!({"dryrun": false}), "dryrun"),
        (json!({"max_delete_percent": 101}), "max_delete_percent"),
        (json!({"dry_run": "no"}), "no"),
    ] {
        let error = usher.invoke("reconcile-users", order.to_string()).await.unwrap_err();
        let InvokeError::Handler { message, .. } = &error else { panic!("{error}") };
        assert!(message.contains(field), "{order}: {message}");
    }
    assert_eq!(usher.clerk().count_requests("GET", "/v1/users"), 0);
}

/// Brings in users that Clerk has never heard of; two hours ago.
pub(crate) async fn unknown_to_clerk(usher: &Usher, count: usize) -> Vec<String> {
    let users: Vec<_> = (0..count).map(|_| new_user_id()).collect();
    usher.seed(users.iter().map(|user| user_row(user, 1, now_ms() - 2 * HOUR_MS))).await;
    users
}
