//! A `user.deleted` that was lost: the daily run notes since when Clerk does not know a user, and may delete the user.

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Row, Usher, new_user_id, now_ms, number, user_row};
use serde_json::{Value, json};

use super::{HOUR_MS, a_stack, counts, daily, for_real, reconcile, unknown_to_clerk};

/// A row that an earlier daily run has noted.
fn noted(row: Row, hours_ago: i64) -> Row {
    let at = AttributeValue::N((now_ms() - hours_ago * HOUR_MS).to_string());
    row.into_iter().chain([("unknown_since".to_owned(), at)]).collect()
}

/// A user whom Clerk does not know, noted so long ago and synced so long ago.
async fn noted_user(usher: &Usher, noted_hours_ago: i64, synced_hours_ago: i64) -> String {
    let user = new_user_id();
    usher.seed([noted(user_row(&user, 1, now_ms() - synced_hours_ago * HOUR_MS), noted_hours_ago)]).await;
    user
}

async fn is_noted(usher: &Usher, user: &str) -> bool {
    usher.row(user).await.unwrap().contains_key("unknown_since")
}

async fn is_deleted(usher: &Usher, user: &str) -> bool {
    usher.row(user).await.unwrap().contains_key("deleted_at")
}

async fn that_deletes() -> Usher {
    a_stack(|options| {
        options.environment.insert("DELETE_UNKNOWN_USERS".to_owned(), Some("true".to_owned()));
    })
    .await
}

/// No share limits how many may be deleted.
fn daily_without_limit() -> Value {
    let mut order = daily();
    order["max_delete_percent"] = json!(100);
    order
}

#[tokio::test]
async fn the_daily_run_notes_when_it_first_finds_a_user_unknown() {
    let usher = a_stack(|_| {}).await;
    let [user] = &unknown_to_clerk(&usher, 1).await[..] else { panic!("one") };
    for order in [json!({}), for_real()] {
        assert_eq!(counts(&reconcile(&usher, order).await), json!({"here": 1, "unknown": 1}));
        assert!(!is_noted(&usher, user).await);
    }
    let started = now_ms();
    assert_eq!(counts(&reconcile(&usher, daily()).await), json!({"here": 1, "unknown": 1}));
    let row = usher.row(user).await.unwrap();
    assert!((started..=now_ms()).contains(&number(&row, "unknown_since")));
    reconcile(&usher, daily()).await;
    assert_eq!(usher.row(user).await.unwrap(), row);
    assert!(row.contains_key("clerk_user") && row.contains_key("row_kind"));
}

#[tokio::test]
async fn the_note_goes_when_clerk_knows_the_user_again_or_the_user_is_synced() {
    let usher = a_stack(|_| {}).await;
    let users = usher.clerk().add_users(5);
    let [same, older, large, nameless, dry] = &users[..] else { panic!("five") };
    let synced = &noted_user(&usher, 30, 2).await;
    usher.deliver(usher.event("user.updated", &harness::user_object(synced, now_ms()), now_ms())).await.expect_json();
    assert!(!is_noted(&usher, synced).await);

    reconcile(&usher, for_real()).await;
    for user in &users {
        usher.seed([noted(usher.row(user).await.unwrap(), 30)]).await;
    }
    usher.clerk().touch_user(older);
    let object = json!({"id": large, "object": "user", "x": "x".repeat(400_000)});
    usher.clerk().override_user(large, object);
    // A list does not say who this is, and a single answer does not either; the user was here two hours ago.
    usher.clerk().override_user(nameless, json!({"object": "user"}));
    usher.seed([noted(user_row(nameless, 1, now_ms() - 2 * HOUR_MS), 30)]).await;
    reconcile(&usher, json!({})).await;
    assert!(is_noted(&usher, dry).await, "a dry run changes nothing");

    let before = usher.row(same).await.unwrap();
    let report = reconcile(&usher, for_real()).await;
    assert_eq!((&report["refused"], &report["updated"]), (&json!(2), &json!(1)));
    for user in &users {
        assert!(!is_noted(&usher, user).await, "{user}");
    }
    let mut after = usher.row(same).await.unwrap();
    after.insert("unknown_since".to_owned(), before["unknown_since"].clone());
    assert_eq!(after, before);
}

#[tokio::test]
async fn who_is_unknown_in_two_runs_at_least_20_hours_apart_is_counted_as_standing() {
    let usher = a_stack(|_| {}).await;
    let [one, other] = [noted_user(&usher, 21, 100).await, noted_user(&usher, 19, 100).await];
    let report = reconcile(&usher, daily_without_limit()).await;
    assert_eq!(counts(&report), json!({"here": 2, "unknown": 2, "standing": 1}));
    usher.logs().line_with(&one).await;
    // Without DeleteUnknownUsers nobody is deleted.
    assert!(!is_deleted(&usher, &one).await && !is_deleted(&usher, &other).await);
}

#[tokio::test]
async fn where_the_parameter_says_so_the_daily_run_deletes_who_stands() {
    let usher = that_deletes().await;
    let [known] = &usher.clerk().add_users(1)[..] else { panic!("one") };
    reconcile(&usher, for_real()).await;
    usher.seed([noted(usher.row(known).await.unwrap(), 30)]).await;
    let standing = noted_user(&usher, 21, 100).await;
    let recent = noted_user(&usher, 19, 100).await;
    let synced = noted_user(&usher, 21, 0).await;
    let [new] = &unknown_to_clerk(&usher, 1).await[..] else { panic!("one") };
    // By hand, nobody is deleted unless the order says so.
    assert_eq!(reconcile(&usher, for_real()).await["deleted"], 0);

    let report = reconcile(&usher, daily_without_limit()).await;
    let expected = json!({"at_clerk": 1, "unchanged": 1, "here": 5, "unknown": 3, "standing": 1, "deleted": 1});
    assert_eq!((&report["outcome"], counts(&report)), (&json!("finished"), expected));
    assert!(is_deleted(&usher, &standing).await);
    for user in [known, &recent, &synced, new] {
        assert!(!is_deleted(&usher, user).await, "{user}");
    }
}

#[tokio::test]
async fn the_daily_run_keeps_to_the_share_too() {
    let usher = that_deletes().await;
    let standing = [noted_user(&usher, 21, 100).await, noted_user(&usher, 21, 100).await];
    usher.seed((0..98).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    let report = reconcile(&usher, daily()).await;
    assert_eq!((&report["over_limit"], &report["standing"], &report["deleted"]), (&json!(true), &json!(2), &json!(0)));
    assert!(!is_deleted(&usher, &standing[0]).await);
    usher.seed((0..100).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    let report = reconcile(&usher, daily()).await;
    assert_eq!((&report["over_limit"], &report["deleted"]), (&json!(false), &json!(2)));
}

/// What an operator is told to run.
#[tokio::test]
async fn the_command_of_the_alarm_deletes_them() {
    let alarms = local::find_template().parent().unwrap().join("infra/observability.yaml");
    let alarms = std::fs::read_to_string(alarms).unwrap();
    let (_, command) = alarms.split_once("--payload '").unwrap();
    let (payload, _) = command.split_once('\'').unwrap();
    let usher = a_stack(|_| {}).await;
    let standing = noted_user(&usher, 21, 100).await;
    usher.seed((0..99).map(|_| user_row(&new_user_id(), 1, now_ms()))).await;
    assert_eq!(usher.invoke("reconcile-users", payload.to_owned()).await.unwrap()["deleted"], 1);
    assert!(is_deleted(&usher, &standing).await);
}

/// Clerk's answers and its webhooks need not agree at once.
#[tokio::test]
async fn nobody_is_deleted_who_was_synced_within_the_last_hour() {
    let usher = a_stack(|_| {}).await;
    let newcomer = new_user_id();
    usher.deliver_user_created(&newcomer).await;
    let [recent, long_ago] = [new_user_id(), new_user_id()];
    let minute = HOUR_MS / 60;
    usher.seed([user_row(&recent, 1, now_ms() - 55 * minute), user_row(&long_ago, 1, now_ms() - 61 * minute)]).await;
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    assert_eq!(counts(&reconcile(&usher, order).await), json!({"here": 3, "unknown": 1, "deleted": 1}));
    assert!(is_deleted(&usher, &long_ago).await);
    assert!(!is_deleted(&usher, &recent).await && !is_deleted(&usher, &newcomer).await);
}

#[tokio::test]
async fn a_parameter_that_is_neither_true_nor_false_is_named() {
    let usher = a_stack(|options| {
        options.environment.insert("DELETE_UNKNOWN_USERS".to_owned(), Some("rubbish".to_owned()));
    })
    .await;
    usher.invoke("reconcile-users", "{}").await.unwrap_err();
    let line = usher.logs().line_with("DELETE_UNKNOWN_USERS").await;
    assert!(!line.contains("rubbish"), "{line}");
}
