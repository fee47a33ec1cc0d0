//! One fault at any call: the operation succeeds, or it fails with a retryable error and a repeat succeeds.

use std::sync::Arc;

use harness::Row;
use usher_store::Error;

use crate::{
    fault_injection::{Call, Calls, Fault, Step},
    fixture::Fixture,
    normalized::{normalized, take_erased},
    operations::{Operation, Scene},
};

/// The result of an operation without a fault.
struct Clean {
    scene: Arc<Scene>,
    answer: String,
    calls: Calls,
    rows: Vec<String>,
    erased: Option<i64>,
}

impl Clean {
    async fn of(operation: Operation, fixture: &Fixture) -> Self {
        let scene = Arc::new(operation.prepare(fixture).await);
        fixture.injector.forward_all();
        let answer = operation.run(&fixture.store, &scene).await.unwrap();
        let calls = fixture.injector.take_calls();
        let (rows, erased) = end(fixture, &scene).await;
        Self { scene, answer, calls, rows, erased }
    }

    /// Returns a fresh scene. Operations that write nothing use the same scene again, but not if it has a reply, because
    /// the lease of the reply ends.
    async fn scene(&self, operation: Operation, fixture: &Fixture) -> Arc<Scene> {
        if self.calls.0.iter().any(Call::is_write) || self.scene.has_reply() {
            Arc::new(operation.prepare(fixture).await)
        } else {
            self.scene.clone()
        }
    }

    async fn assert_reached(&self, fixture: &Fixture, scene: &Scene, answer: &str, what: &str) -> Option<i64> {
        assert_eq!(answer, self.answer, "{what}");
        let (rows, erased) = end(fixture, scene).await;
        assert_eq!(rows, self.rows, "{what}");
        erased
    }
}

async fn end(fixture: &Fixture, scene: &Scene) -> (Vec<String>, Option<i64>) {
    let mut rows: Vec<Row> = scene.rows(fixture).await;
    let erased = take_erased(&mut rows);
    (normalized(&rows), erased)
}

/// The faults to try. A purge makes many similar calls, so it is tried with a few faults that represent the others.
fn faults(operation: Operation) -> &'static [Fault] {
    if operation.is_atomic() {
        &Fault::ALL
    } else {
        &[Fault::Throughput, Fault::Conflict, Fault::Internal, Fault::Timeout]
    }
}

#[tokio::test]
async fn one_fault_at_any_call_is_absorbed_or_overcome_by_a_repeat() {
    let fixture = Fixture::with_own_table().await;
    for operation in Operation::ALL.iter().copied() {
        let clean = Clean::of(operation, &fixture).await;
        for call in &clean.calls.0 {
            for fault in faults(operation).iter().copied().filter(|fault| fault.applies_to(call)) {
                let what = format!("{}: {fault:?} at call {} ({})", operation.name(), call.number, call.operation);
                let scene = clean.scene(operation, &fixture).await;
                let before = scene.rows(&fixture).await;
                fixture.injector.fail_at(call.number, fault);
                let answer = operation.run(&fixture.store, &scene).await;
                let erased = match answer {
                    Ok(answer) => clean.assert_reached(&fixture, &scene, &answer, &what).await,
                    Err(error) => {
                        assert!(
                            matches!(error, Error::Contended(_) | Error::Throttled(_) | Error::Unavailable(_)),
                            "{what}: {error}"
                        );
                        if operation.changes_nothing_if_it_fails() {
                            assert_eq!(scene.rows(&fixture).await, before, "{what}");
                        }
                        fixture.injector.forward_all();
                        let answer = operation.run(&fixture.store, &scene).await;
                        let answer = answer.unwrap_or_else(|error| panic!("{what}, repeated: {error}"));
                        clean.assert_reached(&fixture, &scene, &answer, &what).await
                    }
                };
                assert_eq!(erased, clean.erased, "{what}");
            }
        }
    }
}

/// The client of the functions makes three attempts.
#[tokio::test]
async fn one_fault_at_any_call_is_hidden_by_the_retries_of_the_sdk() {
    let fixture = Fixture::with_own_table().await;
    let store = fixture.with_sdk_retries();
    for operation in Operation::ALL.iter().copied() {
        let clean = Clean::of(operation, &fixture).await;
        for call in &clean.calls.0 {
            for fault in [Fault::Throttling, Fault::Internal, Fault::Connection] {
                let what = format!("{}: {fault:?} at call {} ({})", operation.name(), call.number, call.operation);
                let scene = clean.scene(operation, &fixture).await;
                fixture.injector.fail_at(call.number, fault);
                let answer = operation.run(&store, &scene).await;
                let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(clean.assert_reached(&fixture, &scene, &answer, &what).await, clean.erased, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_lasting_fault_is_a_retryable_error_and_changes_nothing() {
    let fixture = Fixture::with_own_table().await;
    let store = fixture.with_sdk_retries();
    for operation in Operation::ALL.iter().copied() {
        let scene = operation.prepare(&fixture).await;
        let before = scene.rows(&fixture).await;
        for fault in [Fault::Throughput, Fault::Unavailable, Fault::Timeout] {
            fixture.injector.script(move |_| Step::Fail(fault));
            let error = operation.run(&store, &scene).await.unwrap_err();
            assert!(
                matches!(error, Error::Throttled(_) | Error::Unavailable(_)),
                "{}: {fault:?}: {error}",
                operation.name()
            );
            assert_eq!(scene.rows(&fixture).await, before, "{}: {fault:?}", operation.name());
        }
    }
}

/// The write is performed, its response is lost, and the SDK retries.
#[tokio::test]
async fn a_lost_response_doubles_no_write() {
    let fixture = Fixture::with_own_table().await;
    let store = fixture.with_sdk_retries();
    for operation in Operation::ALL.iter().copied() {
        let clean = Clean::of(operation, &fixture).await;
        for call in &clean.calls.0 {
            let what = format!("{}: no response to call {} ({})", operation.name(), call.number, call.operation);
            let scene = clean.scene(operation, &fixture).await;
            let number = call.number;
            fixture.injector.script(move |call| if call.number == number { Step::LoseResponse } else { Step::Forward });
            let answer = operation.run(&store, &scene).await;
            let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
            // The second attempt finds the row that the first one wrote.
            let answer = if call.is("PutItem") && answer == "Stale(Duplicate)" { clean.answer.clone() } else { answer };
            assert_eq!(clean.assert_reached(&fixture, &scene, &answer, &what).await, clean.erased, "{what}");
        }
    }
}

/// The write is performed, its response is lost, and no attempt is left. The caller gets an error and repeats the
/// request.
#[tokio::test]
async fn a_request_repeated_after_a_lost_response_doubles_no_write() {
    let fixture = Fixture::with_own_table().await;
    for operation in Operation::ALL.iter().copied() {
        let clean = Clean::of(operation, &fixture).await;
        for call in clean.calls.0.iter().filter(|call| call.is_write()) {
            let what = format!("{}: no response to call {} ({})", operation.name(), call.number, call.operation);
            let scene = clean.scene(operation, &fixture).await;
            let number = call.number;
            fixture.injector.script(move |call| if call.number == number { Step::LoseResponse } else { Step::Forward });
            let error = operation.run(&fixture.store, &scene).await.unwrap_err();
            assert!(matches!(error, Error::Throttled(_) | Error::Unavailable(_)), "{what}: {error}");
            fixture.injector.forward_all();
            let answer = operation.run(&fixture.store, &scene).await;
            match (operation, answer) {
                // Without an idempotency key, this is another request.
                (
                    Operation::CreateThread
                    | Operation::CreateMessage
                    | Operation::CreateExchange
                    | Operation::BeginReply,
                    Ok(_),
                ) => {}
                // What the first request wrote is there, so the repeat has nothing to do.
                (Operation::BeginReplyOnce | Operation::TakeOverReply | Operation::TitleThread, Ok(answer)) => {
                    assert_eq!(answer, "false", "{what}");
                    clean.assert_reached(&fixture, &scene, &clean.answer, &what).await;
                }
                (Operation::EndReply, Err(Error::ReplyLost)) => {
                    clean.assert_reached(&fixture, &scene, &clean.answer, &what).await;
                }
                // The same change is applied again.
                (Operation::UpdateSettings, Ok(answer)) => assert_eq!(answer, clean.answer),
                // The repeat finds the row that the first request wrote.
                (Operation::SyncNew | Operation::SyncKnown | Operation::SyncFetched, Ok(answer)) => {
                    assert_eq!(answer, "Stale(Duplicate)", "{what}");
                    clean.assert_reached(&fixture, &scene, &clean.answer, &what).await;
                }
                // The lost response was that of the last call, which closed the deletion.
                (Operation::PurgeUser | Operation::PurgeThread, Ok(answer)) if call.number == clean.calls.0.len() => {
                    assert_eq!(answer, "NotPending", "{what}");
                    clean.assert_reached(&fixture, &scene, &clean.answer, &what).await;
                }
                (_, answer) => {
                    let answer = answer.unwrap_or_else(|error| panic!("{what}, repeated: {error}"));
                    assert_eq!(clean.assert_reached(&fixture, &scene, &answer, &what).await, clean.erased, "{what}");
                }
            }
        }
    }
}
