//! The purge erases the rows that a deletion has hidden, and closes the deletion after the settling time.

use std::time::{Duration, Instant};

use harness::{attributes, conversation_rows, message_rows, now_ms, number, text, thread_row};
use usher_contract::{ClerkUserId, ThreadId};
use usher_store::{Owner, Pass, PassOutcome, Turn};

use crate::{
    builders::message,
    fault_injection::Step,
    fixture::Fixture,
    passes::{AT_ONCE, NEVER, account, pending, purge, turn},
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Creates and deletes a user with 300 rows.
async fn deleted(fixture: &Fixture) -> ClerkUserId {
    let user = fixture.user().await;
    fixture.table.seed(conversation_rows(&user, 10, 290)).await;
    fixture.store.delete_user(&user).await.unwrap();
    user
}

#[tokio::test]
async fn the_receipt_holds_both_times_and_the_row_count() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture).await;
    let hidden = fixture.rows(&user).await;
    assert_eq!(hidden.len(), 1 + 201);
    assert_eq!(purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
    let rows = fixture.rows(&user).await;
    assert_eq!(rows.len(), 1);
    let receipt = &rows[0];
    assert_eq!(attributes(receipt), ["deleted_at", "erased", "expires_at", "pk", "purged_at", "sk"].into());
    assert_eq!(number(receipt, "erased"), 300);
    assert_eq!(receipt["deleted_at"], hidden.last().unwrap()["deleted_at"]);
    let purged_at = number(receipt, "purged_at");
    assert!((number(receipt, "deleted_at")..=now_ms()).contains(&purged_at));
    assert_eq!(number(receipt, "expires_at"), purged_at / 1000 + 90 * DAY_SECONDS);
}

#[tokio::test]
async fn a_thread_is_erased_with_its_messages_and_nothing_else() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let threads: Vec<ThreadId> = {
        let rows: Vec<_> = (0..3).map(|_| uuid::Uuid::now_v7()).collect();
        fixture.table.seed(rows.iter().map(|thread| thread_row(&user, *thread))).await;
        rows.iter().map(|thread| ThreadId::parse(&thread.to_string()).unwrap()).collect()
    };
    for thread in &threads {
        fixture.table.seed(message_rows(&user, *thread, 150)).await;
    }
    let others: Vec<_> = fixture.rows(&user).await;
    let others: Vec<_> = others.into_iter().filter(|row| !text(row, "sk").contains(&threads[1].to_string())).collect();

    fixture.injector.forward_all();
    fixture.store.delete_thread(&user, threads[1]).await.unwrap();
    assert_eq!(fixture.injector.take_calls().round_trips(), "GetItem + Query → TransactWriteItems");
    let owner = Owner::Thread(user.clone(), threads[1]);
    assert_eq!(purge(&fixture.store, &owner, AT_ONCE).await.unwrap(), PassOutcome::Closed);
    let (of_thread, left): (Vec<_>, Vec<_>) =
        fixture.rows(&user).await.into_iter().partition(|row| text(row, "sk").contains(&threads[1].to_string()));
    assert_eq!(left, others);
    assert_eq!((of_thread.len(), number(&of_thread[0], "erased")), (1, 150));
    assert_eq!(attributes(&of_thread[0]), ["deleted_at", "erased", "expires_at", "pk", "purged_at", "sk"].into());
}

#[tokio::test]
async fn a_row_written_after_the_first_empty_query_is_erased_too() {
    let fixture = Fixture::new().await;
    for settle_first in [true, false] {
        let user = deleted(&fixture).await;
        let (table, late) = (fixture.table.clone(), conversation_rows(&user, 1, 1).collect::<Vec<_>>());
        fixture.injector.script(move |call| {
            // The first query returns a page, the second returns no rows.
            if !call.is("Query") || call.number == 2 {
                return Step::Forward;
            }
            let (table, late) = (table.clone(), late.clone());
            Step::After(Box::pin(async move { table.seed(late).await }))
        });
        let settle = if settle_first { NEVER } else { AT_ONCE };
        let end = purge(&fixture.store, &account(&user), settle).await.unwrap();
        fixture.injector.forward_all();
        if settle_first {
            assert_eq!(end, PassOutcome::Settling);
            let rows = fixture.rows(&user).await;
            assert_eq!(rows.len(), 1 + 2);
            assert!(rows[2].contains_key("purge_pending"), "the deletion is not closed before it has settled");
            assert_eq!(purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
            let rows = fixture.rows(&user).await;
            assert_eq!((rows.len(), number(&rows[0], "erased")), (1, 302));
        } else {
            // This is the reason for the settling time: closing at once would leave these rows behind.
            assert_eq!((end, fixture.rows(&user).await.len()), (PassOutcome::Closed, 1 + 2));
        }
    }
}

/// The schedule may begin a pass while a pass that the stream started is running.
#[tokio::test]
async fn concurrent_passes_count_each_row_once() {
    let fixture = Fixture::new().await;
    for (settle, overtaken) in [(NEVER, PassOutcome::Settling), (AT_ONCE, PassOutcome::NotPending)] {
        let user = fixture.user().await;
        fixture.table.seed(conversation_rows(&user, 1, 900)).await;
        fixture.store.delete_user(&user).await.unwrap();
        fixture.injector.forward_all();
        let (store, owner) = (fixture.other_process.clone(), account(&user));
        fixture.injector.script(move |call| {
            // The pass has read its first page and is about to count it.
            if call.number != 3 {
                return Step::Forward;
            }
            assert!(call.is("UpdateItem"));
            let (store, owner) = (store.clone(), owner.clone());
            Step::Before(Box::pin(async move { purge(&store, &owner, settle).await.map(drop).unwrap() }))
        });
        assert_eq!(purge(&fixture.store, &account(&user), settle).await.unwrap(), overtaken);
        fixture.injector.forward_all();
        purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
        let rows = fixture.rows(&user).await;
        assert_eq!((rows.len(), number(&rows[0], "erased")), (1, 901));
    }
}

#[tokio::test]
async fn only_a_query_that_began_after_the_settling_time_closes() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture).await;
    assert_eq!(purge(&fixture.store, &account(&user), NEVER).await.unwrap(), PassOutcome::Settling);
    let settle = Duration::from_millis(300);
    let deleted_at = number(&fixture.rows(&user).await[0], "deleted_at");
    // The query begins now, before the settling time is over, and its response arrives after that. Such a query must
    // not close the deletion. On a slow machine the query may begin too late; then nothing is asserted.
    fixture.injector.script(move |call| {
        let left = Duration::from_millis((deleted_at - now_ms()).max(0).cast_unsigned()) + settle;
        if call.is("Query") { Step::After(Box::pin(tokio::time::sleep(left))) } else { Step::Forward }
    });
    let early = now_ms() + 20 < deleted_at + 300;
    let end = purge(&fixture.store, &account(&user), settle).await.unwrap();
    assert!(!early || end == PassOutcome::Settling, "{end:?}");
    fixture.injector.forward_all();
    while purge(&fixture.store, &account(&user), settle).await.unwrap() == PassOutcome::Settling {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(number(&fixture.rows(&user).await[0], "purged_at") >= deleted_at + 300);
}

#[tokio::test]
async fn a_pass_that_runs_out_of_time_reports_and_wakes_the_next() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    fixture.table.seed(conversation_rows(&user, 1, 900)).await;
    fixture.store.delete_user(&user).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(1);
    fixture.injector.script(move |call| {
        // The deadline passes during the first page.
        let first_batch = call.is("BatchWriteItem");
        let left = deadline.saturating_duration_since(Instant::now());
        if first_batch { Step::After(Box::pin(tokio::time::sleep(left))) } else { Step::Forward }
    });
    let pass = fixture.store.purge(&account(&user), &Turn { deadline, wakes: false, ..turn(AT_ONCE) }).await.unwrap();
    assert_eq!(pass, Pass { outcome: PassOutcome::Unfinished, erased: 99 + 400 });
    let rows = fixture.rows(&user).await;
    let tombstone = rows.last().unwrap();
    assert_eq!(number(tombstone, "erased"), 99 + 400);
    assert_eq!(rows.len(), 1 + 901 - 99 - 400);
    assert!(tombstone.contains_key("woken_at") && tombstone.contains_key("purge_pending"));

    fixture.injector.forward_all();
    let over = Turn { deadline: Instant::now(), ..turn(AT_ONCE) };
    let pass = fixture.store.purge(&account(&user), &over).await.unwrap();
    assert_eq!(pass.outcome, PassOutcome::Unfinished);
    let pass = fixture.store.purge(&account(&user), &turn(AT_ONCE)).await.unwrap();
    assert_eq!(pass, Pass { outcome: PassOutcome::Closed, erased: 901 });
    let rows = fixture.rows(&user).await;
    assert_eq!((rows.len(), number(&rows[0], "erased")), (1, 901));
    assert!(!rows[0].contains_key("woken_at"));
}

#[tokio::test]
async fn an_owner_that_was_not_deleted_is_not_purged() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    fixture.store.create_message(&user, thread, message("Hello"), None).await.unwrap();
    let before = fixture.rows(&user).await;
    let missing = ThreadId::parse(&uuid::Uuid::now_v7().to_string()).unwrap();
    for owner in [account(&user), Owner::Thread(user.clone(), thread), Owner::Thread(user.clone(), missing)] {
        assert_eq!(purge(&fixture.store, &owner, AT_ONCE).await.unwrap(), PassOutcome::NotPending);
    }
    assert_eq!(fixture.rows(&user).await, before);
}

#[tokio::test]
async fn a_closed_deletion_never_starts_again() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture).await;
    purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
    let receipt = fixture.rows(&user).await;
    for _ in 0..2 {
        fixture.store.delete_user(&user).await.unwrap();
        assert_eq!(purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::NotPending);
        fixture.sync(&user, now_ms() + 1000).await;
        assert_eq!(fixture.rows(&user).await, receipt);
    }
    assert!(pending(&fixture.store).await.iter().all(|owner| *owner != account(&user)));
}

/// A new tombstone wakes the purge, and so does each repeated deletion after a pass has begun. At most one wake-up is
/// pending.
#[tokio::test]
async fn a_repeated_deletion_wakes_the_purge_and_restarts_nothing() {
    let fixture = Fixture::new().await;
    let user = deleted(&fixture).await;
    let hidden = fixture.rows(&user).await;
    assert!(hidden.last().unwrap().contains_key("woken_at"));
    fixture.store.delete_user(&user).await.unwrap();
    assert_eq!(fixture.rows(&user).await, hidden, "a wake-up is already pending");

    let one_page = Turn { pages: 1, wakes: false, ..turn(AT_ONCE) };
    assert_eq!(fixture.store.purge(&account(&user), &one_page).await.unwrap().outcome, PassOutcome::Unfinished);
    let begun = fixture.rows(&user).await;
    assert!(!begun.last().unwrap().contains_key("woken_at"));
    fixture.store.delete_user(&user).await.unwrap();
    let mut after = fixture.rows(&user).await;
    assert!(after.last_mut().unwrap().remove("woken_at").is_some());
    assert_eq!(after, begun);
}
