//! Deletions take turns, and one pass at a time works on each of them.

use std::{
    cell::RefCell,
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{assert_for_all, conversation_rows, now_ms, number};
use proptest::prelude::*;
use usher_contract::ClerkUserId;
use usher_store::{Error, Owner, Pass, PassOutcome, PurgeRun, Store, Turn};

use crate::{
    fault_injection::{Fault, FaultInjector, Step},
    fixture::Fixture,
    purge::{AT_ONCE, NEVER, account, purge, turn},
};

const HOUR: Duration = Duration::from_secs(3600);
/// The number of rows that the transaction of a deletion erases.
const WITH_TOMBSTONE: usize = 99;
const PAGE: usize = 400;
/// The number of deletions that a run works on at once, and of concurrent batches for each.
const OWNERS: usize = 8;
const BATCHES: usize = 8;

/// Creates and deletes a user with this many rows.
async fn deleted(fixture: &Fixture, rows: usize) -> ClerkUserId {
    let user = fixture.user().await;
    fixture.table.seed(conversation_rows(&user, 1, rows - 1)).await;
    fixture.other_process.delete_user(&user).await.unwrap();
    user
}

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

/// Lets the lease of a deletion expire, as if its pass had died long ago.
async fn expire_lease(fixture: &Fixture, user: &ClerkUserId) {
    if fixture.rows(user).await.pop().unwrap().contains_key("leased_until") {
        lease_until(fixture, user, now_ms() - 1).await;
    }
}

/// Leases a deletion until `until` to a pass that died.
async fn lease_until(fixture: &Fixture, user: &ClerkUserId, until: i64) {
    let tombstone = fixture.rows(user).await.pop().unwrap();
    let key = ["pk", "sk"].map(|name| (name.to_owned(), tombstone[name].clone()));
    let update = fixture.table.client.update_item().table_name(&fixture.table.name).set_key(Some(key.into()));
    let update = update
        .update_expression("SET leased_until = :until, leased_by = :dead")
        .expression_attribute_values(":until", AttributeValue::N(until.to_string()))
        .expression_attribute_values(":dead", AttributeValue::S("dead".to_owned()));
    update.send().await.unwrap();
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

#[tokio::test]
async fn a_leased_deletion_is_left_to_its_pass() {
    let fixture = Fixture::new().await;
    let leased = Turn { lease: HOUR, ..turn(AT_ONCE) };
    let injector = FaultInjector::new();
    let other = fixture.store_with(&injector);
    // The pages have 400, 400 and 1 rows. The calls are a batch, a query, a count, the last query and the close.
    for meets in [4, 12, 20, 21, 38, 39, 41, 42] {
        let user = deleted(&fixture, 900).await;
        let (other, owner) = (other.clone(), account(&user));
        fixture.injector.script(move |call| {
            let (other, owner) = (other.clone(), owner.clone());
            if call.number != meets {
                return Step::Forward;
            }
            Step::Before(Box::pin(async move {
                assert_eq!(other.purge(&owner, &leased).await.unwrap().outcome, PassOutcome::Leased);
            }))
        });
        let pass = fixture.store.purge(&account(&user), &leased).await.unwrap();
        assert_eq!(pass, Pass { outcome: PassOutcome::Closed, erased: 900 }, "{meets}");
        assert_eq!(injector.take_calls().round_trips(), "GetItem", "{meets}");
    }
}

/// Both passes have read the same page. The slower one finds that the page is counted, and erases nothing.
#[tokio::test]
async fn one_of_two_passes_that_begin_together_erases() {
    let fixture = Fixture::new().await;
    let leased = Turn { lease: HOUR, ..turn(AT_ONCE) };
    let user = deleted(&fixture, 900).await;
    let injector = FaultInjector::new();
    // The other pass has counted its page and has not erased it yet.
    injector.die_after(3);
    let (other, owner) = (fixture.store_with(&injector), account(&user));
    fixture.injector.script(move |call| {
        let (other, owner) = (other.clone(), owner.clone());
        if !call.is("UpdateItem") {
            return Step::Forward;
        }
        Step::Before(Box::pin(async move { drop(other.purge(&owner, &leased).await.unwrap_err()) }))
    });
    assert_eq!(fixture.store.purge(&account(&user), &leased).await.unwrap().outcome, PassOutcome::Leased);
    assert_eq!(fixture.injector.take_calls().round_trips(), "GetItem → Query → UpdateItem");
}

#[tokio::test]
async fn an_expired_lease_does_not_block_the_next_pass() {
    let fixture = Fixture::new().await;
    let leased = Turn { lease: HOUR, ..turn(AT_ONCE) };
    let user = deleted(&fixture, 900).await;
    // The pass has counted a page and erased a part of it.
    fixture.injector.die_after(5);
    fixture.store.purge(&account(&user), &leased).await.unwrap_err();
    fixture.injector.forward_all();
    assert!(
        !fixture.rows(&user).await.last().unwrap().contains_key("woken_at"),
        "counting a page does not wake the purge"
    );
    for _ in 0..2 {
        assert_eq!(fixture.store.purge(&account(&user), &leased).await.unwrap().outcome, PassOutcome::Leased);
    }
    expire_lease(&fixture, &user).await;
    let pass = fixture.store.purge(&account(&user), &leased).await.unwrap();
    assert_eq!(pass, Pass { outcome: PassOutcome::Closed, erased: 900 });
}

/// The life of a process that works on a deletion.
#[derive(Debug, Clone)]
struct Life {
    pages: usize,
    /// The number of calls after which the process dies.
    calls: usize,
    /// `true` if the lease lasts. If not, it expires at once.
    is_leased: bool,
    /// `true` if the lease of the process before has expired.
    comes_late: bool,
}

fn life() -> impl Strategy<Value = Life> {
    (1..4_usize, 1..40_usize, any::<bool>(), any::<bool>()).prop_map(|(pages, calls, is_leased, comes_late)| Life {
        pages,
        calls,
        is_leased,
        comes_late,
    })
}

/// Two processes at a time, with and without a lease. Each of them dies or ends its turn.
#[test]
fn the_receipt_is_exact_despite_concurrent_and_dying_passes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::new());
    let lives = prop::collection::vec((life(), life()), 0..5);
    assert_for_all(16, (900..1_500_usize, lives), |(rows, lives)| {
        runtime.block_on(async {
            let user = deleted(&fixture, rows).await;
            for (one, two) in lives {
                if one.comes_late {
                    expire_lease(&fixture, &user).await;
                }
                let live = async |life: Life| {
                    let injector = FaultInjector::new();
                    injector.die_after(life.calls);
                    let lease = if life.is_leased { HOUR } else { Duration::ZERO };
                    let turn = Turn { pages: life.pages, lease, ..turn(NEVER) };
                    let _ = fixture.store_with(&injector).purge(&account(&user), &turn).await;
                };
                tokio::join!(live(one), live(two));
            }
            expire_lease(&fixture, &user).await;
            assert_eq!(purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
            let left = fixture.rows(&user).await;
            assert_eq!((left.len(), number(&left[0], "erased")), (1, i64::try_from(rows).unwrap()));
            assert!(!left[0].contains_key("leased_by"));
        });
    });
}

#[tokio::test]
async fn a_lease_from_a_wrong_clock_does_not_block_for_long() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture, 300).await;
    lease_until(&fixture, &user, now_ms() + 60_000).await;
    assert_eq!(fixture.store.purge(&account(&user), &turn(AT_ONCE)).await.unwrap().outcome, PassOutcome::Leased);
    let ten_years = 10 * 365 * 24 * 60 * 60 * 1000;
    lease_until(&fixture, &user, now_ms() + ten_years).await;
    assert_eq!(fixture.store.purge(&account(&user), &turn(AT_ONCE)).await.unwrap().outcome, PassOutcome::Closed);
}
