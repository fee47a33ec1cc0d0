//! The requests whose answers are the examples of the description.

use harness::{Usher, now_ms};
use model_emulator::{End, Script};
use reqwest::Method;
use serde_json::{Value, json};

use crate::recorder::{Call, Recorder};

const ADA: &str = "user_2oX3kYt9Ea0sQmVbWc7dRfGhJkL";
const BOB: &str = "user_2oX3m1p8Zb4tUnXyCe6vSgHjKlM";
const EVE: &str = "user_2oX3p7r5Wd2yBqEiNf9xThJkLmN";
/// The id of no thread.
const NO_THREAD: &str = "0192f0c1-2345-7abc-8def-0123456789ab";
/// A user for whom no webhook has arrived.
const NEW: &str = "user_2oX3s4v1Tg8cLwOzPa5eUjKlMnP";

/// Drives a running API through all routes, and returns the recorded requests and answers.
pub(crate) async fn record_examples() -> Value {
    // An event of the future would be newer than every later one.
    let mut recorder = Recorder::new(now_ms() as u64 - 3_600_000);
    let usher = Usher::with_options(|_| {}).await;
    record_users(&mut recorder, &usher).await;
    let thread = record_threads(&mut recorder, &usher).await;
    record_messages(&mut recorder, &usher, &thread).await;
    record_replies(&mut recorder, &usher).await;
    record_searches(&mut recorder, &usher).await;
    record_settings(&mut recorder, &usher).await;
    record_export(&mut recorder, &usher).await;
    record_refused_requests(&mut recorder, &usher, &thread).await;
    record_deletions(&mut recorder, &usher, &thread).await;
    record_other_configurations(&mut recorder).await;
    recorder.into_examples()
}

/// A user object as Clerk sends it.
fn clerk_user(id: &str, first_name: &str, last_name: &str, times: [u64; 2]) -> Value {
    let [created_at, updated_at] = times;
    let email = format!("{}@example.com", first_name.to_lowercase());
    json!({
        "object": "user", "id": id, "username": null, "first_name": first_name, "last_name": last_name,
        "image_url": "https://img.clerk.com/eyJ0eXBlIjoiZGVmYXVsdCJ9", "has_image": false,
        "primary_email_address_id": "idn_2oX3kVw6",
        "email_addresses": [{
            "id": "idn_2oX3kVw6", "object": "email_address", "email_address": email, "linked_to": [],
            "verification": {"status": "verified", "strategy": "email_code"},
        }],
        "public_metadata": {"plan": "pro"}, "private_metadata": {}, "unsafe_metadata": {},
        "banned": false, "locked": false, "delete_self_enabled": true,
        "created_at": created_at, "updated_at": updated_at,
    })
}

/// The body of a delivery.
fn event(kind: &str, data: Value, timestamp: u64) -> Value {
    json!({"object": "event", "type": kind, "data": data, "timestamp": timestamp, "instance_id": "ins_2oX3kQz4"})
}

/// Delivers an event and records the answer.
async fn deliver(recorder: &mut Recorder, usher: &Usher, name: &str, event: Value) {
    let answer = usher.deliver(event.to_string()).await;
    recorder.record("clerk-webhook", name, Some(event), &answer);
}

async fn record_users(recorder: &mut Recorder, usher: &Usher) {
    let (at_first, then) = (recorder.time(0), recorder.time(1));
    let created = event("user.created", clerk_user(ADA, "Ada", "Byron", [at_first; 2]), at_first);
    deliver(recorder, usher, "created", created.clone()).await;
    let updated = clerk_user(ADA, "Ada", "Lovelace", [at_first, then]);
    deliver(recorder, usher, "updated", event("user.updated", updated, then)).await;
    deliver(recorder, usher, "stale", created).await;
    let session = json!({"object": "session", "id": "sess_2oX3kZu2", "user_id": ADA});
    deliver(recorder, usher, "ignored", event("session.created", session, then)).await;
    let unreadable = event("user.created", json!({"object": "user"}), then);
    deliver(recorder, usher, "unreadable", unreadable).await;
    let unsigned = Call { body: Some(event("user.deleted", json!({"id": ADA}), then)), ..Call::default() };
    recorder.call(usher, "clerk-webhook", "unsigned", unsigned).await.expect_problem(400, "invalid-signature");

    for (id, name) in [(BOB, "Bob"), (EVE, "Eve")] {
        let body = event("user.created", clerk_user(id, name, "", [at_first; 2]), at_first);
        usher.deliver(body.to_string()).await.assert_outcome("created");
    }
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    recorder.call(usher, "get-current-user", "user", signed_in()).await.expect_json();
    recorder.call(usher, "get-user", "card", Call { id: BOB, ..signed_in() }).await.expect_json();
    recorder.call(usher, "get-login-status", "no_token", Call::default()).await.expect_json();
    recorder.call(usher, "get-login-status", "signed_in", signed_in()).await.expect_json();
    let new = &*usher.session_token(NEW);
    let not_synced = Call { token: Some(new), ..Call::default() };
    recorder.call(usher, "get-login-status", "not_synced", not_synced).await.expect_json();
}

/// Returns the id of a thread.
async fn record_threads(recorder: &mut Recorder, usher: &Usher) -> String {
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    let titled = Call { body: Some(json!({"title": "Analytical engine"})), ..signed_in() };
    let thread = recorder.call(usher, "create-thread", "titled", titled).await.expect_created();
    let id = thread["id"].as_str().unwrap().to_owned();
    let untitled = Call { body: Some(json!({})), ..signed_in() };
    recorder.call(usher, "create-thread", "untitled", untitled).await.expect_created();
    // A change in the same millisecond would leave `updated_at` as it is.
    let created_at = thread["created_at"].as_i64().unwrap();
    while now_ms() <= created_at {
        tokio::task::yield_now().await;
    }
    let retitled = Call { id: &id, body: Some(json!({"title": "Notes on the engine"})), ..signed_in() };
    recorder.call(usher, "update-thread", "retitled", retitled).await.expect_json();
    recorder.call(usher, "get-thread", "thread", Call { id: &id, ..signed_in() }).await.expect_json();
    recorder.call(usher, "list-threads", "first_page", Call { query: "?limit=1", ..signed_in() }).await.expect_json();
    recorder.call(usher, "list-threads", "last_page", signed_in()).await.expect_json();
    id
}

async fn record_messages(recorder: &mut Recorder, usher: &Usher, thread: &str) {
    let token = &*usher.session_token(ADA);
    let in_thread = || Call { token: Some(token), id: thread, ..Call::default() };
    let parts = json!([{"type": "text", "text": "Can it compose music?"}]);
    let message = json!({"content": "Can it compose music?", "parts": parts});
    let message = Call { body: Some(message), ..in_thread() };
    recorder.call(usher, "create-message", "of_user", message).await.expect_created();
    let exchange = json!({
        "user": {"content": "And draw?"},
        "assistant": {"content": "It might.", "model": "analytical-1"},
    });
    let exchange = Call { body: Some(exchange), ..in_thread() };
    recorder.call(usher, "create-exchange", "exchange", exchange).await.expect_created();
    recorder.call(usher, "list-messages", "last_page", in_thread()).await.expect_json();
    let first = Call { query: "?limit=1", ..in_thread() };
    recorder.call(usher, "list-messages", "first_page", first).await.expect_json();
}

async fn record_searches(recorder: &mut Recorder, usher: &Usher) {
    let token = &*usher.session_token(ADA);
    let search = |query| Call { token: Some(token), query, ..Call::default() };
    recorder.call(usher, "search", "last_page", search("?q=compose%20mus")).await.expect_json();
    let first = search("?q=it&kind=message&limit=1");
    recorder.call(usher, "search", "first_page", first).await.expect_json();
    let wrong = search("?q=%20&kind=user");
    recorder.call(usher, "search", "", wrong).await.expect_problem(400, "invalid-query");
}

async fn record_settings(recorder: &mut Recorder, usher: &Usher) {
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    let change = Call { body: Some(json!({"theme": "dark", "editor": {"tabs": 2}})), ..signed_in() };
    recorder.call(usher, "update-settings", "changed", change).await.expect_json();
    recorder.call(usher, "get-settings", "settings", signed_in()).await.expect_json();
    let stale = Call { headers: &[("if-match", "\"0\"")], body: Some(json!({"theme": null})), ..signed_in() };
    recorder.call(usher, "update-settings", "", stale).await.expect_problem(412, "version-mismatch");
    let large = Call { body: Some(json!({"note": "a".repeat(16 * 1024)})), ..signed_in() };
    recorder.call(usher, "update-settings", "", large).await.expect_problem(422, "settings-too-large");
}

/// Asks for replies in a thread of their own, whose title keeps the model from making one.
async fn record_replies(recorder: &mut Recorder, usher: &Usher) {
    let token = &*usher.session_token(BOB);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    let thread = usher.call_as(BOB, Method::POST, "/threads", json!({"title": "Replies"})).await.expect_created();
    let id = thread["id"].as_str().unwrap().to_owned();
    usher.stack().model().set_script("Can it compose music?", Script::immediate("It might."));
    let question = Call { id: &id, body: Some(json!({"content": "Can it compose music?"})), ..signed_in() };
    let answer = recorder.call(usher, "create-reply", "reply", question).await;
    answer.assert_status(200);
    let reply = answer.body.split_once(r#""messageId":""#).unwrap().1[..36].to_owned();
    let resumed = Call { id: &id, message: &reply, query: "?offset=3", ..signed_in() };
    recorder.call(usher, "resume-reply", "rest", resumed).await.assert_status(200);
    let stopped = Call { id: &id, message: &reply, ..signed_in() };
    recorder.call(usher, "stop-reply", "stopped", stopped).await.assert_no_content();

    usher.stack().model().set_script("Go on?", Script { end: End::Stall, ..Script::immediate("Yes") });
    let replies = format!("/stream/threads/{id}/replies");
    let busy = || usher.call_as(BOB, Method::POST, &replies, json!({"content": "Go on?"}));
    let refused = async {
        usher.stack().model().request("Go on?", 4).await.unwrap();
        let fifth = Call { id: &id, body: Some(json!({"content": "Go on?"})), ..signed_in() };
        recorder.call(usher, "create-reply", "", fifth).await.expect_problem(429, "too-many-replies");
        usher.call_as(BOB, Method::DELETE, &format!("/threads/{id}"), Value::Null).await.assert_no_content();
    };
    tokio::join!(busy(), busy(), busy(), busy(), refused);
}

async fn record_export(recorder: &mut Recorder, usher: &Usher) {
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    recorder.call(usher, "export-current-user", "lines", signed_in()).await.assert_status(200);
    let foreign = Call { query: "?cursor=a", ..signed_in() };
    recorder.call(usher, "export-current-user", "", foreign).await.expect_problem(400, "invalid-cursor");
}

async fn record_refused_requests(recorder: &mut Recorder, usher: &Usher, thread: &str) {
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    let titled = || Call { body: Some(json!({"title": "Plans"})), ..signed_in() };
    recorder.call(usher, "get-current-user", "", Call::default()).await.expect_problem(401, "no-token");
    let invalid = Call { token: Some("eyJhbGciOiJSUzI1NiJ9.e30"), ..Call::default() };
    recorder.call(usher, "get-current-user", "", invalid).await.expect_problem(401, "invalid-token");
    let new = &*usher.session_token(NEW);
    let unsynced = Call { token: Some(new), ..Call::default() };
    recorder.call(usher, "get-current-user", "", unsynced).await.expect_problem(404, "user-not-synced");

    let blank = Call { body: Some(json!({"title": " ", "colour": "red"})), ..signed_in() };
    recorder.call(usher, "create-thread", "", blank).await.expect_problem(422, "invalid-field");
    let json = [("content-type", "application/json")];
    let malformed = Call { text: "{\"title\":", headers: &json, ..signed_in() };
    recorder.call(usher, "create-thread", "", malformed).await.expect_problem(400, "malformed");
    let text = [("content-type", "text/plain")];
    let untyped = Call { text: "Plans", headers: &text, ..signed_in() };
    recorder.call(usher, "create-thread", "", untyped).await.expect_problem(415, "unsupported-media-type");
    let large = Call { body: Some(json!({"title": "a".repeat(256 * 1024)})), ..signed_in() };
    recorder.call(usher, "create-thread", "", large).await.expect_problem(413, "too-large");
    let key = "a".repeat(65);
    let long_key = [("idempotency-key", &*key)];
    let long_key = Call { headers: &long_key, ..titled() };
    recorder.call(usher, "create-thread", "", long_key).await.expect_problem(400, "invalid-idempotency-key");
    let key = [("idempotency-key", "0d1f3a62-7b34-4f0e-8d1a-6f6f1d0c9b52")];
    recorder.call(usher, "create-thread", "with_key", Call { headers: &key, ..titled() }).await.expect_created();
    let reused = Call { headers: &key, body: Some(json!({"title": "Other plans"})), ..signed_in() };
    recorder.call(usher, "create-thread", "", reused).await.expect_problem(422, "idempotency-key-reused");

    let misspelt = Call { query: "?curser=a", ..signed_in() };
    recorder.call(usher, "list-threads", "", misspelt).await.expect_problem(400, "invalid-query");
    let zero = Call { query: "?limit=0", ..signed_in() };
    recorder.call(usher, "list-threads", "", zero).await.expect_problem(400, "invalid-limit");
    let foreign = Call { query: "?cursor=a", ..signed_in() };
    recorder.call(usher, "list-threads", "", foreign).await.expect_problem(400, "invalid-cursor");
    let bob = &*usher.session_token(BOB);
    let foreign = Call { token: Some(bob), id: thread, ..Call::default() };
    recorder.call(usher, "get-thread", "", foreign).await.expect_problem(404, "not-found");
}

async fn record_deletions(recorder: &mut Recorder, usher: &Usher, thread: &str) {
    let token = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(token), ..Call::default() };
    recorder.call(usher, "delete-thread", "", Call { id: thread, ..signed_in() }).await.assert_no_content();

    let actor = usher.token(ADA).claim("act", json!({"sub": BOB})).minted_by(usher.clerk());
    let impersonated = Call { token: Some(&actor), ..Call::default() };
    recorder.call(usher, "delete-current-user", "", impersonated).await.expect_problem(403, "impersonated");
    let (at_first, later) = (recorder.time(0), recorder.time(2));
    let mut locked = clerk_user(BOB, "Bob", "", [at_first, later]);
    locked["delete_self_enabled"] = false.into();
    usher.deliver(event("user.updated", locked, later).to_string()).await.assert_outcome("updated");
    let bob = &*usher.session_token(BOB);
    let disabled = Call { token: Some(bob), ..Call::default() };
    recorder.call(usher, "delete-current-user", "", disabled).await.expect_problem(403, "delete-self-disabled");
    let mut banned = clerk_user(EVE, "Eve", "", [at_first, later]);
    banned["banned"] = true.into();
    usher.deliver(event("user.updated", banned, later).to_string()).await.assert_outcome("updated");
    let eve = &*usher.session_token(EVE);
    let banned = Call { token: Some(eve), ..Call::default() };
    recorder.call(usher, "get-current-user", "", banned).await.expect_problem(403, "user-banned");

    recorder.call(usher, "delete-current-user", "deleted", signed_in()).await.assert_status(202);
    recorder.call(usher, "get-current-user", "", signed_in()).await.expect_problem(401, "user-deleted");
    let deleted = event("user.deleted", json!({"object": "user", "id": ADA, "deleted": true}), later);
    deliver(recorder, usher, "deleted", deleted).await;
}

/// Problems that depend on variables of the functions.
async fn record_other_configurations(recorder: &mut Recorder) {
    let without = [("CLERK_SECRET_KEY", None), ("CLERK_WEBHOOK_SECRET", None), ("MODEL_URL", None)];
    let usher = &Usher::with_environment(without).await;
    let ada = &*usher.session_token(ADA);
    let signed_in = || Call { token: Some(ada), ..Call::default() };
    let answer = recorder.call(usher, "delete-current-user", "", signed_in()).await;
    answer.expect_problem(503, "clerk-not-configured");
    let question = Call { id: NO_THREAD, body: Some(json!({"content": "Why?"})), ..signed_in() };
    recorder.call(usher, "create-reply", "", question).await.expect_problem(503, "model-not-configured");
    let answer = usher.deliver(event("user.deleted", json!({"id": ADA}), 0).to_string()).await;
    answer.expect_problem(503, "webhook-not-configured");
    recorder.record("clerk-webhook", "", None, &answer);

    let own = [("CLERK_INSTANCE_ID", Some("ins_2oX3zzz9")), ("CLERK_REVERIFICATION_MINUTES", Some("10"))];
    let usher = &Usher::with_environment(own).await;
    let answer = usher.deliver(event("user.deleted", json!({"id": ADA}), 0).to_string()).await;
    answer.expect_problem(403, "foreign-instance");
    recorder.record("clerk-webhook", "", None, &answer);
    let stale = usher.token(ADA).claim("fva", json!([30, -1])).minted_by(usher.clerk());
    let stale = Call { token: Some(&stale), ..Call::default() };
    recorder.call(usher, "delete-current-user", "", stale).await.expect_problem(403, "reverification-required");
}
