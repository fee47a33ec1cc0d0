//! Contention passes, and a failed condition is an answer.

use futures_util::future::join_all;
use usher_store::Error;

use crate::{
    builders::message,
    fault_injection::{Fault, Step},
    fixture::World,
    operations::Operation,
};

/// What the SDK does not try again, the store does, and with the same token.
#[tokio::test]
async fn contention_is_tried_again() {
    let world = World::alone().await;
    let store = &world.store;
    for operation in Operation::ALL.iter().copied() {
        for fault in [Fault::Conflict, Fault::Cancelled, Fault::CancelledByLoad, Fault::InProgress] {
            let scene = operation.prepare(&world).await;
            world.wire.script(move |call| {
                let transaction = call.is("TransactWriteItems");
                // What a single write is told, and what a transaction is told.
                let meets = call.is_write() && transaction != (fault == Fault::Conflict);
                if meets && call.number % 3 != 0 { Step::Fail(fault) } else { Step::Forward }
            });
            let answer = operation.run(store, &scene).await;
            assert!(answer.is_ok(), "{}: {fault:?}: {answer:?}", operation.name());
            let calls = world.wire.take();
            let mut tokens: Vec<_> =
                calls.of("TransactWriteItems").map(|call| &call.request["ClientRequestToken"]).collect();
            tokens.dedup();
            assert!(tokens.len() <= 1 && tokens.iter().all(|token| token.is_string()), "{}", operation.name());
        }
    }
}

#[tokio::test]
async fn contention_or_load_without_end_is_an_error_that_may_be_repeated() {
    let operations = [Operation::CreateThread, Operation::DeleteUser, Operation::SyncKnown, Operation::PurgeUser];
    let trials = operations.into_iter().flat_map(|operation| {
        [Fault::Conflict, Fault::Cancelled, Fault::CancelledByLoad].map(move |fault| {
            Box::pin(async move {
                let world = World::new().await;
                let scene = operation.prepare(&world).await;
                let before = scene.rows(&world).await;
                world.wire.script(move |call| if fault.can_meet(call) { Step::Fail(fault) } else { Step::Forward });
                let Err(error) = operation.run(&world.store, &scene).await else {
                    return assert_eq!(world.wire.calls().of("TransactWriteItems").count(), 0, "{operation:?}");
                };
                // Load is a fault of this side; contention is that of whoever writes the same rows at once.
                let kind_fits = match fault {
                    Fault::CancelledByLoad => matches!(error, Error::Throttled(_)),
                    _ => matches!(error, Error::Contended(_)),
                };
                assert!(kind_fits && error.is_retryable(), "{operation:?} {fault:?}: {error}");
                assert_eq!(scene.rows(&world).await, before);
                let tried = world.wire.calls().0.iter().filter(|call| call.is_write()).count();
                assert!(tried <= 11 * 8, "{operation:?} {fault:?}: {tried} times");
            })
        })
    });
    join_all(trials).await;
}

#[tokio::test]
async fn a_failed_condition_is_not_tried_again() {
    let world = World::new().await;
    let user = world.user().await;
    let thread = world.store.create_thread(&user, None, None).await.unwrap().id;
    world.store.delete_thread(&user, thread).await.unwrap();
    world.wire.quiet();
    let answer = world.store.create_message(&user, thread, message("Hello"), None).await;
    assert!(matches!(answer, Err(Error::NotFound)));
    assert_eq!(world.wire.take().round_trips(), "TransactWriteItems");
}

#[tokio::test]
async fn what_a_batch_leaves_undone_is_done_after_all() {
    let world = World::alone().await;
    for operation in [Operation::PurgeUser, Operation::PurgeThread] {
        let scene = operation.prepare(&world).await;
        world.wire.script(|call| if call.is("BatchWriteItem") { Step::Part(call.number % 9) } else { Step::Forward });
        assert_eq!(operation.run(&world.store, &scene).await.unwrap(), "Closed");
        let mut rows = scene.rows(&world).await;
        let erased = crate::normalized::take_erased(&mut rows);
        assert_eq!(erased, Some(if operation == Operation::PurgeUser { 134 } else { 132 }));
    }
}

#[tokio::test]
async fn a_batch_that_does_nothing_for_ever_ends_in_an_error_that_may_be_repeated() {
    let world = World::new().await;
    let scene = Operation::PurgeUser.prepare(&world).await;
    world.wire.script(|call| if call.is("BatchWriteItem") { Step::Part(0) } else { Step::Forward });
    let error = Operation::PurgeUser.run(&world.store, &scene).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    world.wire.quiet();
    assert_eq!(Operation::PurgeUser.run(&world.store, &scene).await.unwrap(), "Closed");
}
