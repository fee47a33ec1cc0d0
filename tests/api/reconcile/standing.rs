//! Lost `user.deleted` events: the daily run records since when a user is unknown to Clerk, and may delete the user.

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Row, Usher, new_user_id, now_ms, number, user_object, user_row};
use serde_json::{Value, json};

use super::{HOUR_MS, daily_request, import_request, nonzero_counts, reconcile, seed_unknown_users, start_stack};

/// Adds the `unknown_since` of an earlier daily run to a row.
fn with_unknown_since(row: Row, hours_ago: i64) -> Row {
    let at = AttributeValue::N((now_ms() - hours_ago * HOUR_MS).to_string());
    row.into_iter().chain([("unknown_since".to_owned(), at)]).collect()
}

/// Seeds a user that Clerk does not know, recorded as unknown and last synced this many hours ago.
async fn seed_unknown_user(usher: &Usher, unknown_hours_ago: i64, synced_hours_ago: i64) -> String {
    let user = new_user_id();
    usher
        .seed([with_unknown_since(user_row(&user, 1, now_ms() - synced_hours_ago * HOUR_MS), unknown_hours_ago)])
        .await;
    user
}

async fn has_unknown_since(usher: &Usher, user: &str) -> bool {
    usher.row(user).await.unwrap().contains_key("unknown_since")
}

async fn is_deleted(usher: &Usher, user: &str) -> bool {
    usher.row(user).await.unwrap().contains_key("deleted_at")
}

async fn start_deleting_stack() -> Usher {
    start_stack(|options| {
        options.environment.insert("DELETE_UNKNOWN_USERS".to_owned(), Some("true".to_owned()));
    })
    .await
}

/// The request of the schedule without a limit on deletions.
fn daily_request_without_limit() -> Value {
    let mut request = daily_request();
    request["max_delete_percent"] = json!(100);
    request
}

#[tokio::test]
async fn the_daily_run_records_when_a_user_became_unknown() {
    let usher = start_stack(|_| {}).await;
    let [user] = &seed_unknown_users(&usher, 1).await[..] else { panic!("expected one user") };
    for request in [json!({}), import_request()] {
        assert_eq!(nonzero_counts(&reconcile(&usher, request).await), json!({"here": 1, "unknown": 1}));
        assert!(!has_unknown_since(&usher, user).await);
    }
    let started = now_ms();
    assert_eq!(nonzero_counts(&reconcile(&usher, daily_request()).await), json!({"here": 1, "unknown": 1}));
    let row = usher.row(user).await.unwrap();
    assert!((started..=now_ms()).contains(&number(&row, "unknown_since")));
    reconcile(&usher, daily_request()).await;
    assert_eq!(usher.row(user).await.unwrap(), row);
    assert!(row.contains_key("clerk_user") && row.contains_key("row_kind"));
}

#[tokio::test]
async fn the_record_is_removed_if_the_user_is_known_or_synced() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(5);
    let [same, older, large, nameless, dry] = &users[..] else { panic!("expected five users") };
    let synced = &seed_unknown_user(&usher, 30, 2).await;
    usher.deliver(usher.event("user.updated", &user_object(synced, now_ms()), now_ms())).await.expect_json();
    assert!(!has_unknown_since(&usher, synced).await);

    reconcile(&usher, import_request()).await;
    for user in &users {
        usher.seed([with_unknown_since(usher.row(user).await.unwrap(), 30)]).await;
    }
    usher.clerk().touch_user(older);
    let object = json!({"id": large, "object": "user", "x": "x".repeat(400_000)});
    usher.clerk().override_user(large, object);
    // Neither the list nor a request for the user contains an id. The user was last synced two hours ago.
    usher.clerk().override_user(nameless, json!({"object": "user"}));
    usher.seed([with_unknown_since(user_row(nameless, 1, now_ms() - 2 * HOUR_MS), 30)]).await;
    reconcile(&usher, json!({})).await;
    assert!(has_unknown_since(&usher, dry).await, "a dry run changes nothing");

    let before = usher.row(same).await.unwrap();
    let report = reconcile(&usher, import_request()).await;
    assert_eq!((&report["refused"], &report["updated"]), (&json!(2), &json!(1)));
    for user in &users {
        assert!(!has_unknown_since(&usher, user).await, "{user}");
    }
    let mut after = usher.row(same).await.unwrap();
    after.insert("unknown_since".to_owned(), before["unknown_since"].clone());
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_user_unknown_for_20_hours_counts_as_standing() {
    let usher = start_stack(|_| {}).await;
    let [one, other] = [seed_unknown_user(&usher, 21, 100).await, seed_unknown_user(&usher, 19, 100).await];
    let report = reconcile(&usher, daily_request_without_limit()).await;
    assert_eq!(nonzero_counts(&report), json!({"here": 2, "unknown": 2, "standing": 1}));
    usher.logs().line_with(&one).await;
    // Without DeleteUnknownUsers no user is deleted.
    assert!(!is_deleted(&usher, &one).await && !is_deleted(&usher, &other).await);
}

#[tokio::test]
async fn the_daily_run_deletes_standing_users_if_configured() {
    let usher = start_deleting_stack().await;
    let [known] = &usher.clerk().add_users(1)[..] else { panic!("expected one user") };
    reconcile(&usher, import_request()).await;
    usher.seed([with_unknown_since(usher.row(known).await.unwrap(), 30)]).await;
    let standing = seed_unknown_user(&usher, 21, 100).await;
    let recent = seed_unknown_user(&usher, 19, 100).await;
    let synced = seed_unknown_user(&usher, 21, 0).await;
    let [new] = &seed_unknown_users(&usher, 1).await[..] else { panic!("expected one user") };
    // A manual run deletes users only on request.
    assert_eq!(reconcile(&usher, import_request()).await["deleted"], 0);

    let report = reconcile(&usher, daily_request_without_limit()).await;
    let expected = json!({"at_clerk": 1, "unchanged": 1, "here": 5, "unknown": 3, "standing": 1, "deleted": 1});
    assert_eq!((&report["outcome"], nonzero_counts(&report)), (&json!("finished"), expected));
    assert!(is_deleted(&usher, &standing).await);
    for user in [known, &recent, &synced, new] {
        assert!(!is_deleted(&usher, user).await, "{user}");
    }
}

#[tokio::test]
async fn the_daily_run_respects_the_deletion_limit() {
    let usher = start_deleting_stack().await;
    let standing = [seed_unknown_user(&usher, 21, 100).await, seed_unknown_user(&usher, 21, 100).await];
    usher.seed((0..98).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    let report = reconcile(&usher, daily_request()).await;
    assert_eq!((&report["over_limit"], &report["standing"], &report["deleted"]), (&json!(true), &json!(2), &json!(0)));
    assert!(!is_deleted(&usher, &standing[0]).await);
    usher.seed((0..100).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    let report = reconcile(&usher, daily_request()).await;
    assert_eq!((&report["over_limit"], &report["deleted"]), (&json!(false), &json!(2)));
}

/// The command that the alarm tells an operator to run.
#[tokio::test]
async fn the_command_in_the_alarm_deletes_standing_users() {
    let alarms = local::find_template().parent().unwrap().join("infra/observability.yaml");
    let alarms = std::fs::read_to_string(alarms).unwrap();
    let (_, command) = alarms.split_once("--payload '").unwrap();
    let (payload, _) = command.split_once('\'').unwrap();
    let usher = start_stack(|_| {}).await;
    let standing = seed_unknown_user(&usher, 21, 100).await;
    usher.seed((0..99).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    assert_eq!(usher.invoke("reconcile-users", payload.to_owned()).await.unwrap()["deleted"], 1);
    assert!(is_deleted(&usher, &standing).await);
}

/// Clerk's responses and its webhooks may disagree for a while.
#[tokio::test]
async fn a_user_synced_within_the_last_hour_is_not_deleted() {
    let usher = start_stack(|_| {}).await;
    let newcomer = new_user_id();
    usher.deliver_user_created(&newcomer).await;
    let [recent, long_ago] = [new_user_id(), new_user_id()];
    let minute = HOUR_MS / 60;
    usher.seed([user_row(&recent, 1, now_ms() - 55 * minute), user_row(&long_ago, 1, now_ms() - 61 * minute)]).await;
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    assert_eq!(nonzero_counts(&reconcile(&usher, request).await), json!({"here": 3, "unknown": 1, "deleted": 1}));
    assert!(is_deleted(&usher, &long_ago).await);
    assert!(!is_deleted(&usher, &recent).await && !is_deleted(&usher, &newcomer).await);
}

#[tokio::test]
async fn an_invalid_deletion_parameter_is_named_in_the_log() {
    let usher = start_stack(|options| {
        options.environment.insert("DELETE_UNKNOWN_USERS".to_owned(), Some("rubbish".to_owned()));
    })
    .await;
    usher.invoke("reconcile-users", "{}").await.unwrap_err();
    let line = usher.logs().line_with("DELETE_UNKNOWN_USERS").await;
    assert!(!line.contains("rubbish"), "{line}");
}
