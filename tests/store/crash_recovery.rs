//! A deletion may crash at any call, and any event may resume it. The result is the same.

use harness::{Row, conversation_rows, message_rows};
use usher_store::{Error, Owner, Store};

use crate::{
    fixture::Fixture,
    normalized::{normalized, take_erased},
    passes::{AT_ONCE, pending, purge},
};

const CHILDREN: i64 = 300;

#[derive(Debug, Clone, Copy)]
enum Kind {
    User,
    Thread,
}

#[derive(Debug, Clone, Copy)]
enum Waker {
    /// Clerk repeats the webhook or the caller repeats the request. The stream then delivers the tombstone's change.
    Repeat,
    /// The schedule reads the index.
    Schedule,
}

/// Creates an account or a thread with `CHILDREN` rows.
async fn owner(fixture: &Fixture, kind: Kind) -> Owner {
    let user = fixture.user().await;
    match kind {
        Kind::User => {
            fixture.table.seed(conversation_rows(&user, 20, usize::try_from(CHILDREN).unwrap() - 20)).await;
            Owner::User(user)
        }
        Kind::Thread => {
            let thread = fixture.other_process.create_thread(&user, None, None).await.unwrap().id;
            fixture.table.seed(message_rows(&user, thread, usize::try_from(CHILDREN).unwrap())).await;
            Owner::Thread(user, thread)
        }
    }
}

async fn rows(fixture: &Fixture, owner: &Owner) -> Vec<Row> {
    let (Owner::User(user) | Owner::Thread(user, _)) = owner;
    fixture.rows(user).await
}

async fn delete(store: &Store, owner: &Owner) -> Result<(), Error> {
    match owner {
        Owner::User(user) => store.delete_user(user).await,
        Owner::Thread(user, thread) => store.delete_thread(user, *thread).await,
    }
}

async fn delete_and_purge(store: &Store, owner: &Owner) -> Result<(), Error> {
    delete(store, owner).await?;
    purge(store, owner, AT_ONCE).await.map(drop)
}

/// Resumes the deletion in a new process.
async fn wake(fixture: &Fixture, owner: &Owner, waker: Waker, before: &[Row]) {
    let store = &fixture.other_process;
    match waker {
        Waker::Repeat => delete(store, owner).await.unwrap(),
        Waker::Schedule => {
            let now = rows(fixture, owner).await;
            let tombstone = now.iter().any(|row| row.contains_key("deleted_at"));
            let open = now.iter().any(|row| row.contains_key("purge_pending"));
            assert_eq!(pending(store).await.contains(owner), open);
            if !tombstone {
                assert_eq!(now, before, "the deletion had not begun");
                delete(store, owner).await.unwrap();
            }
        }
    }
    purge(store, owner, AT_ONCE).await.unwrap();
}

/// The rows at the end, and the count in the receipt.
async fn end(fixture: &Fixture, owner: &Owner) -> (Vec<String>, i64) {
    let mut rows = rows(fixture, owner).await;
    let erased = take_erased(&mut rows).unwrap();
    (normalized(&rows), erased)
}

#[tokio::test]
async fn a_deletion_that_crashes_after_any_call_ends_the_same() {
    let fixture = Fixture::with_own_table().await;
    for kind in [Kind::User, Kind::Thread] {
        let undisturbed = owner(&fixture, kind).await;
        fixture.injector.forward_all();
        delete_and_purge(&fixture.store, &undisturbed).await.unwrap();
        let calls = fixture.injector.take_calls().0.len();
        let (clean, all) = end(&fixture, &undisturbed).await;
        assert_eq!((all, calls > 12), (CHILDREN, true));
        for waker in [Waker::Repeat, Waker::Schedule] {
            for survived in 0..=calls {
                let what = format!("{kind:?} stopped after {survived} of {calls} calls, then {waker:?}");
                let owner = owner(&fixture, kind).await;
                let before = rows(&fixture, &owner).await;
                fixture.injector.die_after(survived);
                let finished = delete_and_purge(&fixture.store, &owner).await.is_ok();
                assert_eq!(finished, survived == calls, "{what}");
                fixture.injector.forward_all();
                wake(&fixture, &owner, waker, &before).await;
                let (rows, erased) = end(&fixture, &owner).await;
                assert_eq!(rows, clean, "{what}");
                assert_eq!(erased, all, "{what}");
            }
        }
    }
}

/// Each process makes a few calls and dies. The next one continues.
#[tokio::test]
async fn a_deletion_ends_even_if_every_process_dies_early() {
    let fixture = Fixture::with_own_table().await;
    for kind in [Kind::User, Kind::Thread] {
        let mut clean = None;
        for calls in [3, 4, 7, 100] {
            let owner = owner(&fixture, kind).await;
            delete(&fixture.other_process, &owner).await.unwrap();
            let mut lives = 1;
            loop {
                fixture.injector.die_after(calls);
                if purge(&fixture.store, &owner, AT_ONCE).await.is_ok() {
                    break;
                }
                lives += 1;
                assert!(lives < 20, "no progress with {calls} calls");
            }
            assert_eq!(lives == 1, calls == 100);
            let (rows, erased) = end(&fixture, &owner).await;
            assert_eq!(clean.get_or_insert(rows.clone()), &rows, "{calls}");
            assert_eq!(erased, CHILDREN, "{calls}");
        }
    }
}

/// The account is deleted while one of its threads is being purged.
#[tokio::test]
async fn an_account_and_its_thread_are_deleted_concurrently() {
    let fixture = Fixture::with_own_table().await;
    for survived in [0, 1, 2, 5, 100] {
        let thread = owner(&fixture, Kind::Thread).await;
        let Owner::Thread(user, _) = thread.clone() else { unreachable!() };
        let account = Owner::User(user.clone());
        delete(&fixture.store, &thread).await.unwrap();
        fixture.injector.die_after(survived);
        let _ = purge(&fixture.store, &thread, AT_ONCE).await;
        fixture.injector.forward_all();
        let (first, second) =
            tokio::join!(delete_and_purge(&fixture.store, &account), purge(&fixture.store, &thread, AT_ONCE));
        first.unwrap();
        second.unwrap();
        purge(&fixture.store, &account, AT_ONCE).await.unwrap();
        let rows = rows(&fixture, &account).await;
        assert_eq!(rows.len(), 1, "{survived}: {rows:?}");
        assert!(rows[0].contains_key("purged_at"));
        assert!(!pending(&fixture.store).await.iter().any(|owner| *owner == account || *owner == thread));
    }
}
