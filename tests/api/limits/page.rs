//! Pages: Lambda limits a response to 6 MB, in its encoded form of JSON in a JSON string.

use harness::Usher;
use serde_json::{Value, json};

use crate::caller::Caller;

const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Reads a list page by page. Returns its entries and the number of pages.
async fn list_all(caller: &Caller<'_>, path: &str) -> (Vec<Value>, usize) {
    let (mut entries, mut pages) = (Vec::new(), 0);
    let mut next = Some(format!("{path}?limit=100"));
    while let Some(url) = next {
        let answer = caller.get(&url).await;
        let mut page = answer.expect_json();
        assert!(serde_json::to_string(&answer.body).unwrap().len() <= MAX_PAGE_BYTES);
        let items = page["items"].as_array_mut().unwrap();
        assert!(!items.is_empty());
        entries.append(items);
        next = page["next_cursor"].as_str().map(|cursor| format!("{path}?limit=100&cursor={cursor}"));
        pages += 1;
    }
    (entries, pages)
}

#[tokio::test]
async fn a_page_ends_before_the_response_is_too_large() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for (row, message) in [
        // The most of each that a request can hold. A control character takes one byte in a row and seven in a
        // response.
        ("control characters", json!({"content": "\u{1}".repeat(43_600)})),
        ("quotes", json!({"content": "\"".repeat(102_400)})),
        ("backslashes in parts", json!({"content": "a", "parts": [{"type": "\\".repeat(100_000)}]})),
    ] {
        let thread = ada.create_thread().await;
        let path = format!("{thread}/messages");
        let mut sent = Vec::new();
        for _ in 0..26 {
            sent.push(ada.post(&path, &message).await.expect_created()["id"].clone());
        }
        let (entries, pages) = list_all(&ada, &path).await;
        let found: Vec<_> = entries.iter().map(|entry| entry["id"].clone()).collect();
        assert_eq!(found, sent, "{row}");
        assert!(pages > 1, "{row}");
        for field in ["content", "parts"] {
            assert_eq!(entries[25].get(field), entries[0].get(field), "{row}");
        }
    }
}
