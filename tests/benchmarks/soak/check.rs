//! Compares what the API returns with what a user remembers.

use std::collections::BTreeMap;

use rand::{RngExt as _, rngs::StdRng};
use serde_json::Value;

use crate::{
    call::{Call, Got, send},
    report::CHECKS,
    user::{Thread, User},
    world::World,
};

const LOST: &str = "no acknowledged write is lost";

/// Says if an answer has another status.
pub(crate) fn expect(world: &World, user: &str, call: &Call, status: u16, got: Got) -> Option<Got> {
    if got.status == status {
        return Some(got);
    }
    let detail = format!("{} {} of {user}: {} {}", call.function, call.path, got.status, got.body);
    world.report.broken("a request gets the answer that is described", detail);
    None
}

/// Reads a list page by page.
async fn list(
    world: &World,
    random: &mut StdRng,
    user: &str,
    function: &'static str,
    path: &str,
) -> Option<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let limit = random.random_range(1..=100);
        let separator = if path.contains('?') { '&' } else { '?' };
        let call = Call::get(function, format!("{path}{separator}limit={limit}{cursor}"));
        let got = send(world, random, user, &call).await?;
        let page = expect(world, user, &call, 200, got)?.body;
        items.extend(page["items"].as_array()?.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(items),
        }
    }
}

/// Reads everything that the user has, and compares it.
pub(crate) async fn all(world: &World, random: &mut StdRng, user: &User) -> &'static str {
    world.report.count(CHECKS, "users compared");
    if let Some(threads) = list(world, random, &user.id, "list-threads", "/threads").await {
        compare_threads(world, user, &threads);
        for thread in &user.threads {
            let path = format!("/threads/{}/messages", thread.id);
            if let Some(messages) = list(world, random, &user.id, "list-messages", &path).await {
                compare_messages(world, user, thread, &messages);
            }
        }
    }
    let call = Call::get("get-settings", "/settings");
    if let Some(got) =
        send(world, random, &user.id, &call).await.and_then(|got| expect(world, &user.id, &call, 200, got))
        && got.body["n"].as_i64().unwrap_or_default() != user.setting
    {
        world.report.broken(LOST, format!("the setting of {} is {}, not {}", user.id, got.body["n"], user.setting));
    }
    for thread in &user.deleted_threads {
        let call = Call::get("get-thread", format!("/threads/{thread}"));
        if let Some(got) = send(world, random, &user.id, &call).await {
            expect(world, &user.id, &call, 404, got);
        }
    }
    "read everything"
}

fn compare_threads(world: &World, user: &User, listed: &[Value]) {
    let found: BTreeMap<&str, &Value> =
        listed.iter().filter_map(|thread| Some((thread["id"].as_str()?, thread))).collect();
    for thread in &user.threads {
        world.report.count(CHECKS, "threads compared");
        match found.get(&*thread.id) {
            None => world.report.broken(LOST, format!("thread {} of {}", thread.id, user.id)),
            Some(found) => {
                if thread.title.as_ref().is_some_and(|title| found["title"] != **title) {
                    let detail = format!("title of {} of {}: {}", thread.id, user.id, found["title"]);
                    world.report.broken(LOST, detail);
                }
            }
        }
    }
    if listed.len() != user.threads.len() {
        let detail = format!("{} has {} threads, not {}", user.id, listed.len(), user.threads.len());
        world.report.broken("each write is there once", detail);
    }
}

fn compare_messages(world: &World, user: &User, thread: &Thread, listed: &[Value]) {
    let place = || format!("thread {} of {}", thread.id, user.id);
    for message in &thread.messages {
        world.report.count(CHECKS, "messages compared");
        let fits = |found: &&Value| match (&message.id, &message.content) {
            (Some(id), _) => found["id"] == **id,
            (None, Some(content)) => found["content"] == **content && found["role"] == "user",
            (None, None) => false,
        };
        let found: Vec<_> = listed.iter().filter(fits).collect();
        match &found[..] {
            [found] => {
                if message.content.as_ref().is_some_and(|content| found["content"] != **content) {
                    world.report.broken(LOST, format!("the content of {} in {}", found["id"], place()));
                }
            }
            [] => world.report.broken(LOST, format!("a message in {}", place())),
            _ => world.report.broken("each write is there once", format!("{} times in {}", found.len(), place())),
        }
    }
    if listed.len() != thread.messages.len() {
        let detail = format!("{} messages, not {}, in {}", listed.len(), thread.messages.len(), place());
        world.report.broken("each write is there once", detail);
    }
    if !listed.is_sorted_by_key(|message| message["id"].as_str()) {
        world.report.broken("messages are in the order of their keys", place());
    }
}

/// Searches for a message by the word that only it has.
pub(crate) async fn search(world: &World, random: &mut StdRng, user: &User) -> &'static str {
    let thread = &user.threads[random.random_range(0..user.threads.len())];
    let found = thread.messages.iter().rev().find(|message| message.id.is_some() && message.content.is_some());
    if let Some(message) = found {
        let (id, content) = (message.id.as_ref().unwrap(), message.content.as_ref().unwrap());
        let word = content.split(' ').next().unwrap();
        let hits = list(world, random, &user.id, "search", &format!("/search?q={word}")).await;
        if hits.is_some_and(|hits| !hits.iter().any(|hit| hit["message"]["id"] == **id)) {
            world.report.broken(LOST, format!("a search for {word} of {}", user.id));
        }
    }
    "search"
}
