//! A lease gives a deletion to one pass at a time.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{assert_for_all, conversation_rows, now_ms, number};
use proptest::prelude::*;
use usher_contract::ClerkUserId;
use usher_store::{Pass, PassOutcome, Turn};

use crate::{
    fault_injection::{FaultInjector, Step},
    fixture::Fixture,
    passes::{AT_ONCE, HOUR, NEVER, account, deleted, purge, turn},
};

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

/// The slow pass has found nothing. Then a late row appears, and another pass counts it and dies. The slow pass must
/// not forget that the row is counted, or the next pass counts it again.
#[tokio::test]
async fn a_slow_pass_does_not_forget_the_count_of_another() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture, 300).await;
    let injector = FaultInjector::new();
    injector.die_after(3);
    let (other, owner, table) = (fixture.store_with(&injector), account(&user), fixture.table.clone());
    let late = conversation_rows(&user, 1, 0).collect::<Vec<_>>();
    fixture.injector.script(move |call| {
        // The calls are a read, a query, a count, nine batches, the last query, and the update that settles.
        if call.number != 13 {
            return Step::Forward;
        }
        let (other, owner, table, late) = (other.clone(), owner.clone(), table.clone(), late.clone());
        Step::After(Box::pin(async move {
            table.seed(late).await;
            other.purge(&owner, &turn(NEVER)).await.unwrap_err();
        }))
    });
    assert_eq!(purge(&fixture.store, &account(&user), NEVER).await.unwrap(), PassOutcome::Settling);
    fixture.injector.forward_all();
    let pass = fixture.store.purge(&account(&user), &turn(AT_ONCE)).await.unwrap();
    assert_eq!(pass, Pass { outcome: PassOutcome::Closed, erased: 301 });
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
