//! An export has everything that was acknowledged, and the hash that it states.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    call::{Call, Tries, is_to_be_repeated, judge, judge_clock, respond},
    check,
    user::User,
    world::World,
};

pub(crate) async fn check(world: &World, random: &mut StdRng, user: &User) -> &'static str {
    let call = Call::get("export-current-user", "/stream/users/me/export");
    let mut tries = Tries::new();
    while tries.go_on(world, &call) {
        let (off, token) = tries.token(world, random, &user.id);
        let may_be_off = world.clocks.may_be_off(call.function);
        if let Some(response) = respond(world, &call, &token).await {
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await;
            let got = judge(world, &call, status, &headers, text.as_deref().unwrap_or_default());
            judge_clock(world, &call, off, may_be_off, Some(&got));
            match text {
                Ok(text) if status == 200 && compare(world, user, &text) => break,
                Ok(_) if status != 200 && !is_to_be_repeated(&got) => {
                    check::expect(world, &user.id, &call, 200, got);
                    break;
                }
                _ => {}
            }
        }
        tries.pause(random).await;
    }
    "export"
}

/// Compares a download with what the user remembers. Returns whether it is whole.
fn compare(world: &World, user: &User, text: &str) -> bool {
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let Some(end) = lines.last().filter(|line| line["outcome"] == "complete") else { return false };
    let before_end = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let hash: String = Sha256::digest(&text[..before_end]).iter().map(|byte| format!("{byte:02x}")).collect();
    if end["sha256"] != hash {
        world.report.broken("an export has its hash", user.id.clone());
    }
    let ids: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| [&line["thread"]["id"], &line["message"]["id"]])
        .filter_map(Value::as_str)
        .collect();
    let ids: BTreeSet<&str> = ids.into_iter().chain(lines.iter().filter_map(|line| line["id"].as_str())).collect();
    let messages = user.threads.iter().flat_map(|thread| &thread.messages).filter_map(|message| message.id.as_deref());
    let missing: Vec<_> =
        user.threads.iter().map(|thread| &*thread.id).chain(messages).filter(|id| !ids.contains(id)).collect();
    if !missing.is_empty() {
        world.report.broken("no acknowledged write is lost", format!("export of {}: {}", user.id, missing.join(" ")));
    }
    let kept: Vec<_> = user.deleted_threads.iter().filter(|id| ids.contains(id.as_str())).collect();
    if !kept.is_empty() {
        world.report.broken("what is deleted stays deleted", format!("export of {}: {}", user.id, kept.len()));
    }
    true
}
