//! Contention is retried. A failed condition is a result and is not retried.

use futures_util::future::join_all;
use usher_store::Error;

use crate::{
    builders::message,
    fault_injection::{Fault, Step},
    fixture::Fixture,
    operations::Operation,
};

/// The store retries what the SDK does not retry, with the same token.
#[tokio::test]
async fn contention_is_retried_with_the_same_token() {
    let fixture = Fixture::with_own_table().await;
    let store = &fixture.store;
    for operation in Operation::ALL.iter().copied() {
        for fault in [Fault::Conflict, Fault::Cancelled, Fault::CancelledByLoad, Fault::InProgress] {
            let scene = operation.prepare(&fixture).await;
            fixture.injector.script(move |call| {
                let transaction = call.is("TransactWriteItems");
                // A single write and a transaction get different faults.
                let meets = call.is_write() && transaction != (fault == Fault::Conflict);
                if meets && call.number % 3 != 0 { Step::Fail(fault) } else { Step::Forward }
            });
            let answer = operation.run(store, &scene).await;
            assert!(answer.is_ok(), "{}: {fault:?}: {answer:?}", operation.name());
            let calls = fixture.injector.take_calls();
            let mut tokens: Vec<_> =
                calls.of("TransactWriteItems").map(|call| &call.request["ClientRequestToken"]).collect();
            tokens.dedup();
            assert!(tokens.len() <= 1 && tokens.iter().all(|token| token.is_string()), "{}", operation.name());
        }
    }
}

#[tokio::test]
async fn endless_contention_and_load_have_errors_of_their_own() {
    let operations = [Operation::CreateThread, Operation::DeleteUser, Operation::SyncKnown, Operation::PurgeUser];
    let trials = operations.into_iter().flat_map(|operation| {
        [Fault::Conflict, Fault::Cancelled, Fault::CancelledByLoad].map(move |fault| {
            Box::pin(async move {
                let fixture = Fixture::new().await;
                let scene = operation.prepare(&fixture).await;
                let before = scene.rows(&fixture).await;
                fixture
                    .injector
                    .script(move |call| if fault.applies_to(call) { Step::Fail(fault) } else { Step::Forward });
                let Err(error) = operation.run(&fixture.store, &scene).await else {
                    return assert_eq!(fixture.injector.calls().of("TransactWriteItems").count(), 0, "{operation:?}");
                };
                // Load is a fault of the server. Contention comes from other writers of the same rows.
                let kind_fits = match (fault, &error) {
                    (Fault::Conflict, Error::Contended(detail)) => detail.code == "TransactionConflictException",
                    (Fault::Cancelled, Error::Contended(detail))
                    | (Fault::CancelledByLoad, Error::Throttled(detail)) => {
                        detail.code == "TransactionCanceledException"
                    }
                    _ => false,
                };
                assert!(kind_fits, "{operation:?} {fault:?}: {error}");
                assert_eq!(scene.rows(&fixture).await, before);
                let tried = fixture.injector.calls().0.iter().filter(|call| call.is_write()).count();
                assert!(tried <= 11 * 8, "{operation:?} {fault:?}: {tried} times");
            })
        })
    });
    join_all(trials).await;
}

#[tokio::test]
async fn a_failed_condition_is_not_retried() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    fixture.store.delete_thread(&user, thread).await.unwrap();
    fixture.injector.forward_all();
    let answer = fixture.store.create_message(&user, thread, message("Hello"), None).await;
    assert!(matches!(answer, Err(Error::NotFound)));
    assert_eq!(fixture.injector.take_calls().round_trips(), "TransactWriteItems");
}

/// It would fail again, even if another of its actions met a conflict.
#[tokio::test]
async fn a_transaction_with_a_wrong_content_is_not_retried() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    fixture.injector.script(|_| Step::Fail(Fault::CancelledByContent));
    let error = fixture.store.create_thread(&user, None, None).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert_eq!(fixture.injector.take_calls().round_trips(), "TransactWriteItems");
}

#[tokio::test]
async fn unprocessed_writes_of_a_batch_are_retried() {
    let fixture = Fixture::with_own_table().await;
    for operation in [Operation::PurgeUser, Operation::PurgeThread] {
        let scene = operation.prepare(&fixture).await;
        fixture
            .injector
            .script(|call| if call.is("BatchWriteItem") { Step::Part(call.number % 9) } else { Step::Forward });
        assert_eq!(operation.run(&fixture.store, &scene).await.unwrap(), "Closed");
        let mut rows = scene.rows(&fixture).await;
        let erased = crate::normalized::take_erased(&mut rows);
        assert_eq!(erased, Some(if operation == Operation::PurgeUser { 134 } else { 132 }));
    }
}

#[tokio::test]
async fn a_batch_that_never_progresses_is_a_retryable_error() {
    let fixture = Fixture::new().await;
    let scene = Operation::PurgeUser.prepare(&fixture).await;
    fixture.injector.script(|call| if call.is("BatchWriteItem") { Step::Part(0) } else { Step::Forward });
    let error = Operation::PurgeUser.run(&fixture.store, &scene).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    fixture.injector.forward_all();
    assert_eq!(Operation::PurgeUser.run(&fixture.store, &scene).await.unwrap(), "Closed");
}
