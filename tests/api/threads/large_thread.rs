//! A thread too large for one transaction.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use futures_util::future::join_all;
use harness::{eventually, message_rows, text, thread_row};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::{
    caller::Caller,
    purge::{assert_receipt, start_with_short_settle_time, wait_until_closed},
};

/// Writes to a thread until it is deleted. Asserts that no write is accepted that starts after the response to the
/// deletion.
async fn write_until_deleted(caller: &Caller<'_>, path: &str, written: &AtomicUsize, deleted: &AtomicBool) {
    let message = json!({"content": "more"});
    let exchange = json!({"user": message, "assistant": message});
    loop {
        for (route, body, rows) in [("messages", &message, 1), ("exchanges", &exchange, 2)] {
            let must_be_refused = deleted.load(SeqCst);
            let answer = caller.post(&format!("{path}/{route}"), body).await;
            if answer.status != StatusCode::CREATED {
                answer.expect_problem(404, "not-found");
                return;
            }
            assert!(!must_be_refused, "accepted after the deletion: {answer:?}");
            written.fetch_add(rows, SeqCst);
        }
    }
}

#[tokio::test]
async fn a_large_thread_is_hidden_then_erased_despite_writes() {
    let usher = start_with_short_settle_time().await;
    let ada = Caller::new(&usher).await;
    let [gone, kept] = [Uuid::now_v7(), Uuid::now_v7()];
    for thread in [gone, kept] {
        usher.seed([thread_row(&ada.id, thread)]).await;
        usher.seed(message_rows(&ada.id, thread, 250)).await;
    }
    ada.patch("/settings", &json!({"theme": "dark"})).await.expect_json();
    let (own, others): (Vec<_>, Vec<_>) =
        ada.rows().await.into_iter().partition(|row| text(row, "sk").contains(&gone.to_string()));
    assert_eq!(own.len(), 251);

    let path = format!("/threads/{gone}");
    let (written, deleted) = (AtomicUsize::new(0), AtomicBool::new(false));
    let writers = join_all((0..3).map(|_| write_until_deleted(&ada, &path, &written, &deleted)));
    let deletion = async {
        eventually("the writers have started", async || (written.load(SeqCst) >= 12).then_some(())).await;
        ada.delete(&path).await.assert_no_content();
        deleted.store(true, SeqCst);
    };
    futures_util::join!(writers, deletion);
    ada.get(&path).await.expect_problem(404, "not-found");
    ada.get(&format!("{path}/messages")).await.expect_problem(404, "not-found");
    ada.post(&format!("{path}/messages"), &json!({"content": "again"})).await.expect_problem(404, "not-found");
    assert_eq!(ada.get("/threads").await.expect_json()["items"].as_array().unwrap().len(), 1);

    let own = async || {
        let rows = ada.rows().await.into_iter();
        rows.filter(|row| text(row, "sk").contains(&gone.to_string())).collect::<Vec<_>>()
    };
    eventually("all messages of the thread are erased", async || (own().await.len() == 1).then_some(())).await;
    let receipt = wait_until_closed(&usher, async || own().await[0].clone()).await;
    assert_eq!(text(&receipt, "sk"), format!("THREAD#{gone}"));
    assert_receipt(&receipt, 250 + written.load(SeqCst));

    let rest: Vec<_> =
        ada.rows().await.into_iter().filter(|row| !text(row, "sk").contains(&gone.to_string())).collect();
    assert!(rest == others, "other rows have changed");
    // The receipt cannot be read or restored as a thread.
    ada.delete(&path).await.assert_no_content();
    ada.patch(&path, &json!({"title": "again"})).await.expect_problem(404, "not-found");
    assert_eq!(own().await, [receipt]);
}
