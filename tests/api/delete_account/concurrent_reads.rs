//! Reads that overlap with a deletion in one transaction.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use futures_util::future::join_all;
use harness::{Usher, eventually, message_rows, thread_row};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;

const THREADS: usize = 9;
const MESSAGES: usize = 10;

/// Reads a list repeatedly until its owner is deleted. Asserts that every page is complete or empty, and that a read
/// which starts after the response to the deletion is refused.
async fn read_until_deleted(
    caller: &Caller<'_>,
    path: &str,
    expected: &Value,
    reads: &AtomicUsize,
    deleted: &AtomicBool,
) {
    loop {
        let must_be_refused = deleted.load(SeqCst);
        let answer = caller.get(path).await;
        if answer.status != StatusCode::OK {
            // The thread and its user are read in parallel, so the thread may be found deleted before the user.
            if answer.status == StatusCode::NOT_FOUND && !must_be_refused {
                answer.expect_problem(404, "not-found");
                continue;
            }
            answer.expect_unauthorized("user-deleted");
            return;
        }
        assert!(!must_be_refused, "accepted after the deletion: {answer:?}");
        let page = answer.expect_json();
        assert!(page == *expected || page == json!({"items": [], "next_cursor": null}), "{path} is incomplete: {page}");
        reads.fetch_add(1, SeqCst);
    }
}

#[tokio::test]
async fn a_reader_sees_all_of_an_account_or_nothing() {
    let usher = Usher::shared().await;
    for _ in 0..3 {
        let ada = Caller::new(&usher).await;
        let threads: Vec<_> = (0..THREADS).map(|_| Uuid::now_v7()).collect();
        for thread in &threads {
            usher.seed([thread_row(&ada.id, *thread)]).await;
            usher.seed(message_rows(&ada.id, *thread, MESSAGES)).await;
        }
        // The most rows that fit into the transaction of the tombstone.
        assert_eq!(ada.owned_rows().await.len(), 99);

        let (reads, deleted) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut paths = vec!["/threads?limit=100".to_owned()];
        paths.extend(threads[..3].iter().map(|thread| format!("/threads/{thread}/messages")));
        let expected_lists = join_all(paths.iter().map(async |path| ada.get(path).await.expect_json())).await;
        let lists = paths.iter().zip(&expected_lists);
        let readers =
            join_all(lists.map(|(path, expected)| read_until_deleted(&ada, path, expected, &reads, &deleted)));
        let deletion = async {
            eventually("the readers have started", async || (reads.load(SeqCst) >= 12).then_some(())).await;
            usher.deliver_user_deleted(&ada.id).await;
            deleted.store(true, SeqCst);
            assert_eq!(ada.sort_keys().await, ["USER"], "one transaction erases all rows");
        };
        futures_util::join!(readers, deletion);
    }
}
