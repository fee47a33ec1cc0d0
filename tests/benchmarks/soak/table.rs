//! The rows in the end: none of a deleted user, none without its parent, and the users as at Clerk.

use std::collections::{BTreeMap, BTreeSet};

use harness::{Row, text};
use serde_json::Value;

use crate::{report::CHECKS, user::User, world::World};

const ORPHAN: &str = "no row is an orphan";

pub(crate) async fn check(world: &World, alive: &[User]) {
    let rows = world.usher.scan().await;
    let mut partitions: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        if let Some(user) = text(row, "pk").strip_prefix("USER#") {
            partitions.entry(user).or_default().push(row);
        }
    }
    let deleted = world.deleted.lock().unwrap().clone();
    for (user, rows) in &partitions {
        rows.iter().for_each(|row| world.report.count(CHECKS, format!("{} rows", kind(row))));
        if deleted.contains(*user) {
            check_deleted(world, user, rows);
        } else {
            check_alive(world, user, rows);
        }
    }
    for user in deleted.iter().filter(|user| !partitions.contains_key(user.as_str())) {
        world.report.broken("a deletion leaves its receipt", user.clone());
    }
    for user in alive.iter().filter(|user| !partitions.contains_key(user.id.as_str())) {
        world.report.broken("every user of Clerk is stored", user.id.clone());
    }
    // A connection whose `$disconnect` was not told keeps its row until its lease ends.
    let open = world.usher.stack().connections();
    println!("{} connections are open in the end", open.len());
}

/// The beginning of the sort key.
fn kind(row: &Row) -> &str {
    text(row, "sk").split('#').next().unwrap_or_default()
}

fn check_deleted(world: &World, user: &str, rows: &[&Row]) {
    world.report.count(CHECKS, "deleted users looked for");
    for row in rows {
        let is_receipt = kind(row) == "USER" && row.contains_key("deleted_at") && row.contains_key("purged_at");
        if !is_receipt || row.contains_key("clerk_user") {
            world.report.broken("no row of a deleted user is left", format!("{} of {user}", text(row, "sk")));
        }
    }
}

fn check_alive(world: &World, user: &str, rows: &[&Row]) {
    let parents: BTreeSet<&str> = rows
        .iter()
        .filter(|row| kind(row) == "THREAD" && !row.contains_key("deleted_at"))
        .filter_map(|row| text(row, "sk").strip_prefix("THREAD#"))
        .collect();
    for row in rows.iter().filter(|row| kind(row) == "MESSAGE") {
        let thread = text(row, "sk").split('#').nth(1).unwrap_or_default();
        if !parents.contains(thread) {
            world.report.broken(ORPHAN, format!("{} of {user}", text(row, "sk")));
        }
    }
    let Some(row) = rows.iter().find(|row| kind(row) == "USER") else {
        return world.report.broken(ORPHAN, format!("{} rows of {user}, who is not there", rows.len()));
    };
    let stored: Option<Value> =
        row.get("clerk_user").and_then(|object| serde_json::from_str(object.as_s().unwrap()).ok());
    if stored != world.usher.clerk().user_object(user) {
        let detail = format!("{user}: stored {}", stored.is_some());
        return world.report.broken("every user is as at Clerk", detail);
    }
    world.report.count(CHECKS, "users as at Clerk");
}
