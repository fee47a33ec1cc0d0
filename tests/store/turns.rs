//! Deletions take turns, so that a large one does not delay the others.

use std::{
    cell::RefCell,
    collections::HashMap,
    time::{Duration, Instant},
};

use harness::number;
use usher_store::{Error, Owner, Pass, PassOutcome, PurgeRun, Store, Turn};

use crate::{
    fault_injection::{Fault, Step},
    fixture::Fixture,
    passes::{AT_ONCE, HOUR, NEVER, account, deleted, turn},
};

/// The number of rows that the transaction of a deletion erases.
const WITH_TOMBSTONE: usize = 99;
const PAGE: usize = 400;
/// The number of deletions that a run works on at once, and of concurrent batches for each.
const OWNERS: usize = 8;
const BATCHES: usize = 8;

/// Every pass of a run, in the order in which they ended.
type Passes = Vec<(Owner, Pass)>;

/// Runs the purge as the schedule does.
async fn scheduled(store: &Store, deadline: Instant) -> Result<Passes, Error> {
    let passes = RefCell::default();
    let report = |owner: &Owner, pass: &Result<Pass, Error>| {
        if let Ok(pass) = pass {
            RefCell::<Passes>::borrow_mut(&passes).push((owner.clone(), *pass));
        }
    };
    let run = PurgeRun { store, settle: AT_ONCE, deadline, report: &report };
    run.purge_all(store.list_pending_deletions(None).await?).await?;
    Ok(passes.into_inner())
}

fn far() -> Instant {
    Instant::now() + HOUR
}

#[tokio::test]
async fn a_huge_deletion_delays_small_ones_by_at_most_one_turn() {
    let fixture = Fixture::with_own_table().await;
    let huge = account(&deleted(&fixture, 10_000).await);
    let mut small = Vec::new();
    for _ in 0..30 {
        small.push(account(&deleted(&fixture, 200).await));
    }
    fixture.injector.forward_all();
    let passes = scheduled(&fixture.store, far()).await.unwrap();

    let last_small = passes.iter().rposition(|(owner, _)| small.contains(owner)).unwrap();
    let erased_by_then = passes[..last_small].iter().filter(|(owner, _)| *owner == huge).map(|(_, pass)| pass.erased);
    assert!(erased_by_then.max() <= Some((WITH_TOMBSTONE + 4 * PAGE) as u64), "at most a sixth of its rows");
    for owner in &small {
        let turns: Vec<_> = passes.iter().filter(|(of, _)| of == owner).map(|(_, pass)| *pass).collect();
        assert_eq!(turns, [Pass { outcome: PassOutcome::Closed, erased: 200 }]);
    }
    assert_eq!(passes.last(), Some(&(huge, Pass { outcome: PassOutcome::Closed, erased: 10_000 })));
    // Each turn is longer than the one before: 4, 8 and 16 pages.
    assert_eq!(passes.len(), small.len() + 3);

    let calls = fixture.injector.take_calls();
    let at_once = calls.most_at_once("GetItem");
    assert!((2..=OWNERS).contains(&at_once), "{at_once} deletions at once");
    assert!(calls.most_at_once("BatchWriteItem") <= OWNERS * BATCHES);
}

#[tokio::test]
async fn a_run_that_is_out_of_time_begins_no_turn() {
    let fixture = Fixture::with_own_table().await;
    let users = [deleted(&fixture, 3_000).await, deleted(&fixture, 3_000).await];
    assert_eq!(scheduled(&fixture.store, Instant::now()).await.unwrap(), []);
    // The deadline passes during the first batch.
    let deadline = Instant::now() + Duration::from_secs(1);
    fixture.injector.script(move |call| {
        let left = deadline.saturating_duration_since(Instant::now());
        if call.is("BatchWriteItem") { Step::After(Box::pin(tokio::time::sleep(left))) } else { Step::Forward }
    });
    let passes = scheduled(&fixture.store, deadline).await.unwrap();
    assert!(passes.len() == 2 && passes.iter().all(|(_, pass)| pass.outcome == PassOutcome::Unfinished), "{passes:?}");
    for user in &users {
        let tombstone = fixture.rows(user).await.pop().unwrap();
        assert!(tombstone.contains_key("woken_at") && !tombstone.contains_key("leased_by"), "{tombstone:?}");
    }
}

#[tokio::test]
async fn a_deletion_woken_by_the_stream_takes_one_turn_at_a_time() {
    let fixture = Fixture::new().await;
    let (huge, small) = (deleted(&fixture, 5_000).await, deleted(&fixture, 200).await);
    let passes: RefCell<HashMap<Owner, PassOutcome>> = RefCell::default();
    let report = |owner: &Owner, pass: &Result<Pass, Error>| {
        passes.borrow_mut().insert(owner.clone(), pass.as_ref().unwrap().outcome);
    };
    let run = PurgeRun { store: &fixture.store, settle: NEVER, deadline: far(), report: &report };
    assert_eq!(run.purge_woken([account(&huge), account(&small)]).await, []);
    let expected = [(account(&huge), PassOutcome::Unfinished), (account(&small), PassOutcome::Settling)];
    assert_eq!(*passes.borrow(), expected.into());
    let tombstone = fixture.rows(&huge).await.pop().unwrap();
    assert!(tombstone.contains_key("woken_at") && !tombstone.contains_key("leased_by"));
    assert_eq!(number(&tombstone, "erased"), 99 + 10 * 400);
    // This deletion only has to settle.
    assert!(!fixture.rows(&small).await[0].contains_key("leased_by"));
}

#[tokio::test]
async fn a_failing_deletion_does_not_stop_the_others() {
    let fixture = Fixture::with_own_table().await;
    let (bad, good) = (deleted(&fixture, 300).await, deleted(&fixture, 300).await);
    let fails = bad.to_string();
    fixture.injector.script(move |call| {
        let is_its = call.request.to_string().contains(&fails);
        if is_its && call.is("BatchWriteItem") { Step::Fail(Fault::Internal) } else { Step::Forward }
    });
    assert!(matches!(scheduled(&fixture.store, far()).await, Err(Error::Unavailable(_))));
    assert_eq!(fixture.rows(&good).await.len(), 1);
    fixture.injector.forward_all();
    // The failed pass gave the lease back, so the next pass does not have to wait.
    let pass = fixture.store.purge(&account(&bad), &Turn { lease: HOUR, ..turn(AT_ONCE) }).await.unwrap();
    assert_eq!(pass, Pass { outcome: PassOutcome::Closed, erased: 300 });
}
