//! A large account is hidden at once and erased page by page.

use std::time::Instant;

use harness::{conversation_rows, number, text};
use usher_store::{Error, PassOutcome};

use crate::{
    builders::limit,
    fault_injection::Calls,
    fixture::Fixture,
    passes::{AT_ONCE, account, purge},
};

const THREADS: usize = 300;
const MESSAGES: usize = 25_000;
/// The maximum number of keys that the purge holds in memory.
const PAGE: usize = 400;

#[tokio::test]
async fn thousands_of_messages_are_hidden_at_once_and_all_erased() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    fixture.table.seed(conversation_rows(&user, THREADS, MESSAGES)).await;

    fixture.injector.forward_all();
    fixture.store.delete_user(&user).await.unwrap();
    assert_eq!(fixture.injector.take_calls().round_trips(), "Query → TransactWriteItems");
    assert!(matches!(fixture.store.list_threads(&user, limit(100), None).await, Err(Error::UserDeleted)));

    fixture.injector.forward_all();
    let start = Instant::now();
    assert_eq!(purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
    let (took, calls) = (start.elapsed(), fixture.injector.take_calls());
    let rows = fixture.rows(&user).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(text(&rows[0], "sk"), "USER");
    assert_eq!(number(&rows[0], "erased"), i64::try_from(THREADS + MESSAGES).unwrap());
    let erased = THREADS + MESSAGES - 99;
    #[expect(clippy::cast_precision_loss, reason = "a figure to print")]
    let (seconds, rate) = (took.as_secs_f64(), erased as f64 / took.as_secs_f64());
    println!("{erased} rows erased in {seconds:.1} s: {rate:.0} a second, in {} calls", calls.0.len());
    assert_holds_one_page_at_most(&calls);
    // One write for every 25 rows, one query for every 400 rows, and a last query without rows.
    assert_eq!(calls.of("BatchWriteItem").count(), erased.div_ceil(25));
    assert_eq!(calls.of("Query").count(), erased.div_ceil(PAGE) + 1);
}

/// Asserts that memory does not grow with the account: the purge reads only keys, erases a page before it reads the
/// next, and makes a limited number of calls at once.
fn assert_holds_one_page_at_most(calls: &Calls) {
    let mut held = 0;
    for call in &calls.0 {
        match call.operation.as_str() {
            "Query" => {
                assert_eq!(held, 0, "call {}: a page is read while another is held", call.number);
                assert_eq!(call.request["ProjectionExpression"], "pk, sk");
                assert!(call.request["Limit"].as_u64().is_some_and(|limit| limit <= PAGE as u64));
                held = call.found();
                assert!(held <= PAGE);
            }
            "BatchWriteItem" => held -= call.batch(),
            _ => {}
        }
    }
    assert!((2..=8).contains(&calls.most_at_once("BatchWriteItem")), "{}", calls.most_at_once("BatchWriteItem"));
}
