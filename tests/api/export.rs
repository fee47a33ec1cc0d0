//! The export: everything that belongs to a user, and only that.

mod interrupted;

use harness::{Answer, Usher, conversation_rows, new_user_id, now_ms};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::caller::Caller;

const PATH: &str = "/stream/users/me/export";

/// The lines of a whole response. Asserts that its end matches them.
#[track_caller]
fn lines(answer: &Answer) -> Vec<Value> {
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (end, before) = lines.split_last().unwrap();
    assert_eq!(end["type"], "end", "{end}");
    let count = |kind: &str| before.iter().filter(|line| line["type"] == kind).count();
    let counts = [("users", "user"), ("settings", "settings"), ("threads", "thread"), ("messages", "message")];
    for (name, kind) in counts {
        assert_eq!(end["counts"][name], count(kind), "{name}");
    }
    let hashed = answer.body.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    let hash: String = Sha256::digest(hashed).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(end["sha256"], hash);
    lines
}

/// What the lines are, in their order.
fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_export_has_everything_in_order() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    ada.patch("/settings", &json!({"theme": "dark"})).await.expect_json();
    let first = ada.create_thread().await;
    let second = ada.create_thread().await;
    ada.create_message(&second, "to the second").await;
    let said = ada.create_message(&first, "to the first").await;
    ada.create_message(&first, "and once more").await;
    let thread = ada.get(&first).await.expect_json();

    let answer = ada.get(PATH).await;
    let lines = lines(&answer);
    let expected = ["header", "user", "settings", "thread", "message", "message", "thread", "message", "end"];
    assert_eq!(kinds(&lines), expected);
    assert_eq!((&lines[0]["format"], &lines[0]["version"]), (&json!("usher-export"), &json!(1)));
    assert!((lines[0]["exported_at"].as_i64().unwrap() - now_ms()).abs() < 60_000);
    assert_eq!(lines[1]["user"], ada.get("/users/me").await.expect_json());
    assert!(!answer.body.contains("private_metadata"), "{}", answer.body);
    assert_eq!(lines[2]["settings"], json!({"theme": "dark"}));
    let with_type = |mut value: Value, kind: &str| {
        value["type"] = kind.into();
        value
    };
    assert_eq!(lines[3], with_type(thread, "thread"));
    assert_eq!(lines[4], with_type(said, "message"));
    assert_eq!(lines[8]["outcome"], "complete");
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"usher-export.ndjson\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_user_object_of_many_lines_is_one_line() {
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let object = format!(
        "{{\n  \"id\": \"{ada}\",\r\n  \"object\": \"user\",\n  \"updated_at\": {now},\n  \"first_name\": \"Ada\\nByron\"\n}}"
    );
    usher.deliver(usher.event("user.created", &object, now)).await.assert_outcome("created");
    let lines = lines(&Caller::existing(&usher, &ada).get(PATH).await);
    assert_eq!(kinds(&lines), ["header", "user", "settings", "end"]);
    assert_eq!(lines[1]["user"]["first_name"], "Ada\nByron");
}

#[tokio::test]
async fn nothing_of_another_user_is_in_an_export() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.create_thread().await;
    ada.create_message(&thread, "in confidence").await;
    let answer = eve.get(PATH).await;
    assert_eq!(kinds(&lines(&answer)), ["header", "user", "settings", "end"]);
    assert!(!answer.body.contains(&ada.id) && !answer.body.contains("in confidence"), "{}", answer.body);
}

#[tokio::test]
async fn deleted_threads_and_their_messages_are_left_out() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let threads = [ada.create_thread().await, ada.create_thread().await, ada.create_thread().await];
    for thread in &threads {
        ada.create_message(thread, thread).await;
    }
    for deleted in [&threads[0], &threads[2]] {
        ada.delete(deleted).await.assert_no_content();
        // A message that was written just before the deletion may be seen a moment after it.
        let id = deleted.trim_start_matches("/threads/");
        usher.seed([harness::message_row(&ada.id, id, "late")]).await;
    }
    let answer = ada.get(PATH).await;
    assert_eq!(kinds(&lines(&answer)), ["header", "user", "settings", "thread", "message", "end"]);
    assert!(answer.body.contains(&threads[1]) && !answer.body.contains("late"), "{}", answer.body);
}

#[tokio::test]
async fn a_large_export_goes_on_in_further_responses() {
    let usher = Usher::with_environment([("EXPORT_RESPONSE_BYTES", Some("100000"))]).await;
    let ada = Caller::new(&usher).await;
    // More threads, and more messages, than one page has.
    usher.seed(conversation_rows(&ada.id, 1_100, 3_300)).await;
    let (mut path, mut all) = (PATH.to_owned(), Vec::new());
    let mut responses = 0;
    loop {
        responses += 1;
        let mut lines = lines(&ada.get(&path).await);
        let end = lines.pop().unwrap();
        assert_eq!(lines.iter().filter(|line| line["type"] == "header").count(), usize::from(responses == 1));
        all.extend(lines);
        match end["outcome"].as_str().unwrap() {
            "continues" => path = format!("{PATH}?cursor={}", end["next_cursor"].as_str().unwrap()),
            outcome => break assert_eq!(outcome, "complete"),
        }
    }
    assert!(responses > 2, "{responses}");
    let id = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let of_kind = |kind: &str| all.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let (threads, messages) = (of_kind("thread"), of_kind("message"));
    assert_eq!((threads.len(), messages.len()), (1_100, 3_300));
    assert!(threads.is_sorted_by(|one, other| id(one, "id") < id(other, "id")));
    let key = |message: &Value| (id(message, "thread_id"), id(message, "id"));
    assert!(messages.is_sorted_by(|one, other| key(one) < key(other)));
    // Each message follows its thread.
    let mut thread = String::new();
    for line in &all {
        match line["type"].as_str().unwrap() {
            "thread" => thread = id(line, "id"),
            "message" => assert_eq!(id(line, "thread_id"), thread),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_user_is_refused() {
    let usher = Usher::with_environment([("EXPORT_RESPONSE_BYTES", Some("1"))]).await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    usher.seed(conversation_rows(&ada.id, 1, 1_100)).await;
    let end = lines(&ada.get(PATH).await).pop().unwrap();
    assert_eq!(end["outcome"], "continues");
    let path = format!("{PATH}?cursor={}", end["next_cursor"].as_str().unwrap());
    assert_eq!(kinds(&lines(&ada.get(&path).await)).len(), 101);
    assert_eq!(eve.get(&path).await.expect_problem(400, "invalid-cursor"), "cursor does not belong to this list");
    ada.get(&format!("{PATH}?limit=1")).await.expect_problem(400, "invalid-query");
}

#[tokio::test]
async fn a_problem_before_the_first_byte_is_a_normal_answer() {
    let usher = Usher::shared().await;
    let answer = usher.call(Method::GET, PATH, &[], Vec::new()).await;
    answer.expect_unauthorized("no-token");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let ada = Caller::new(&usher).await;
    usher.deliver_user_deleted(&ada.id).await;
    ada.get(PATH).await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn pages_may_read_an_export_as_cors_allows() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let origin = [("origin", "https://app.example".to_owned())];
    for (caller, status) in [(Some(&ada), 200), (None, 401)] {
        let answer = match caller {
            Some(caller) => caller.call(Method::GET, PATH, &origin, Vec::new()).await,
            None => usher.call(Method::GET, PATH, &origin, Vec::new()).await,
        };
        answer.assert_status(status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}
