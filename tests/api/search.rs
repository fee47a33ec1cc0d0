//! The search, as a caller sees it.

use harness::{Usher, message_row, thread_row};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;

/// The texts of the snippets.
fn texts(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|hit| hit["snippet"]["text"].as_str().unwrap()).collect()
}

async fn search(caller: &Caller<'_>, query: &str) -> Value {
    caller.get(&format!("/search?{query}")).await.labeled(query).expect_json()
}

#[tokio::test]
async fn a_hit_has_its_thread_its_message_and_what_matched() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.post("/threads", &json!({"title": "Straße & Wege"})).await.expect_created();
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    let message = ada.create_message(&path, "👩 Die STRASSEN von Köln").await;
    let thread = ada.get(&path).await.expect_json();
    let page = search(&ada, "q=strasse").await;
    let in_title = json!({
        "thread": thread, "message": null,
        "snippet": {"text": "Straße & Wege", "ranges": [{"start": 0, "end": 6}]},
    });
    let found = json!({"id": message["id"], "role": "user", "created_at": message["created_at"]});
    let in_message = json!({
        "thread": thread, "message": found,
        "snippet": {"text": "👩 Die STRASSEN von Köln", "ranges": [{"start": 7, "end": 14}]},
    });
    let searched = json!({"threads": 1, "messages": 1, "back_to": null});
    assert_eq!(page, json!({"items": [in_title, in_message], "next_cursor": null, "searched": searched}));
    // A plus sign and `%20` are spaces, and accents may be encoded.
    for query in ["q=k%C3%B6ln+die", "q=koln%20DIE&kind=message"] {
        assert_eq!(texts(&search(&ada, query).await), ["👩 Die STRASSEN von Köln"], "{query}");
    }
    assert_eq!(texts(&search(&ada, "q=wege&kind=message").await), Vec::<&str>::new());
    assert_eq!(texts(&search(&ada, "q=strassen+wege").await), Vec::<&str>::new());
}

#[tokio::test]
async fn a_search_finds_only_what_the_caller_can_read() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.create_thread().await;
    ada.create_message(&thread, "a confidential plan").await;
    assert_eq!(search(&eve, "q=plan").await["searched"], json!({"threads": 0, "messages": 0, "back_to": null}));
    assert_eq!(texts(&search(&ada, "q=plan").await), ["a confidential plan"]);
    ada.delete(&thread).await.assert_no_content();
    assert_eq!(texts(&search(&ada, "q=plan").await), Vec::<&str>::new());
    let kept = ada.create_thread().await;
    ada.create_message(&kept, "another plan").await;
    usher.deliver_user_deleted(&ada.id).await;
    ada.get("/search?q=plan").await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn a_wrong_query_is_refused_with_its_limit() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let long = format!("q={}", "a".repeat(201));
    for (query, fields, detail) in [
        ("", &["q"][..], "q is missing"),
        ("kind=thread", &["q"], "q is missing"),
        ("q=", &["q"], "q must be 1 to 200 characters and not blank"),
        ("q=%20%E2%80%8B", &["q"], "q must be 1 to 200 characters and not blank"),
        (&long, &["q"], "q must be 1 to 200 characters and not blank"),
        ("q=a+b+c+d+e+f+g+h+i+j+k", &["q"], "q must have at most 10 words"),
        ("q=a&kind=threads", &["kind"], "kind must be `thread` or `message`"),
        ("q=&kind=&limit=0", &["q", "kind", "limit"], "q must be 1 to 200"),
    ] {
        let answer = ada.get(&format!("/search?{query}")).await.labeled(query);
        let found = answer.expect_problem(400, "invalid-query");
        assert!(found.starts_with(detail), "{query}: {found}");
        assert_eq!(answer.fields(), fields, "{query}");
    }
    let most = format!("q={}", "é".repeat(200));
    for query in [&most, "q=a+b+c+d+e+f+g+h+i+j", "q=%3F"] {
        search(&ada, query).await;
    }
    let answer = ada.get("/search?q=a&limit=101&cursor=a").await;
    answer.expect_problem(400, "invalid-limit");
    assert_eq!(answer.fields(), ["limit", "cursor"]);
}

#[tokio::test]
async fn a_cursor_belongs_to_one_caller_and_one_search() {
    let usher = Usher::shared().await;
    let (ada, eve) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let thread = ada.create_thread().await;
    for content in ["plan one", "plan two"] {
        ada.create_message(&thread, content).await;
    }
    let first = search(&ada, "q=plan&limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = search(&ada, &format!("q=plan&limit=1&cursor={cursor}")).await;
    assert_eq!((texts(&first), texts(&second)), (vec!["plan two"], vec!["plan one"]));
    for (caller, query) in [
        (&eve, format!("q=plan&cursor={cursor}")),
        (&ada, format!("q=plans&cursor={cursor}")),
        (&ada, format!("q=plan&kind=message&cursor={cursor}")),
        (&ada, format!("q=plan&cursor={cursor}A")),
        (&ada, "q=plan&cursor=".to_owned()),
    ] {
        let answer = caller.get(&format!("/search?{query}")).await.labeled(&query);
        answer.expect_problem(400, "invalid-cursor");
        assert_eq!(answer.fields(), ["cursor"]);
    }
    ada.get(&format!("/threads?cursor={cursor}")).await.expect_problem(400, "invalid-cursor");
}

#[tokio::test]
async fn a_search_through_more_than_4_mb_goes_on_by_its_cursor() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let [old, new] = [Uuid::now_v7(), Uuid::now_v7()];
    let hay = "hay ".repeat(25 * 1024);
    usher.seed([thread_row(&ada.id, old), thread_row(&ada.id, new), message_row(&ada.id, old, "a needle")]).await;
    usher.seed((0..60).map(|_| message_row(&ada.id, new, &hay))).await;
    let first = search(&ada, "q=needle").await;
    let new_thread = ada.get(&format!("/threads/{new}")).await.expect_json();
    assert_eq!(texts(&first), Vec::<&str>::new());
    assert!((1..60).contains(&first["searched"]["messages"].as_u64().unwrap()), "{first}");
    assert!(first["searched"]["back_to"].as_u64().unwrap() <= new_thread["created_at"].as_u64().unwrap() + 1);

    let (mut page, mut found, mut pages) = (first, Vec::new(), 1);
    while let Some(cursor) = page["next_cursor"].as_str() {
        page = search(&ada, &format!("q=needle&cursor={cursor}")).await;
        found.extend(texts(&page).into_iter().map(str::to_owned));
        pages += 1;
    }
    assert_eq!((found, pages), (vec!["a needle".to_owned()], 2));
    assert_eq!(page["searched"]["back_to"], Value::Null);
}
