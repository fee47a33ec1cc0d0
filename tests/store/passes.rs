//! Passes of the purge, and the deletions that they work on.

use std::time::{Duration, Instant};

use harness::conversation_rows;
use usher_contract::ClerkUserId;
use usher_store::{Error, Owner, PassOutcome, Store, Turn};

use crate::fixture::Fixture;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const AT_ONCE: Duration = Duration::ZERO;
pub(crate) const NEVER: Duration = Duration::from_secs(1_000_000);

/// A turn without a limit, and with a lease that expires at once.
pub(crate) fn turn(settle: Duration) -> Turn {
    let deadline = Instant::now() + Duration::from_secs(1000);
    Turn { pages: usize::MAX, deadline, settle, lease: Duration::ZERO, wakes: true }
}

/// Runs one pass with such a turn.
pub(crate) async fn purge(store: &Store, owner: &Owner, settle: Duration) -> Result<PassOutcome, Error> {
    Ok(store.purge(owner, &turn(settle)).await?.outcome)
}

pub(crate) fn account(user: &ClerkUserId) -> Owner {
    Owner::User(user.clone())
}

/// Creates and deletes a user with this many rows.
pub(crate) async fn deleted(fixture: &Fixture, rows: usize) -> ClerkUserId {
    let user = fixture.user().await;
    fixture.table.seed(conversation_rows(&user, 1, rows - 1)).await;
    fixture.other_process.delete_user(&user).await.unwrap();
    user
}

/// All deletions that are not closed.
pub(crate) async fn pending(store: &Store) -> Vec<Owner> {
    let (mut owners, mut from) = (Vec::new(), None);
    loop {
        let page = store.list_pending_deletions(from).await.unwrap();
        owners.extend(page.owners);
        match page.next {
            Some(next) => from = Some(next),
            None => return owners,
        }
    }
}
