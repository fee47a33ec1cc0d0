//! Runs of the purge: many deletions share the time of one invocation.
//!
//! Each deletion gets a turn of a few pages, several at once. What is unfinished goes to the back of the queue, so that a
//! huge deletion delays a small one by a turn and not by its own length.

use std::{
    future::ready,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use crate::{
    deletion::{
        pending::PendingPage,
        purge::{Pass, PassOutcome, Turn},
    },
    error::Error,
    table::{Store, row::Owner},
};

/// Deletions under way at once.
const AT_ONCE: usize = 8;
/// Pages of a turn in the first round of a scheduled run. Each round doubles them, up to [`MOST_PAGES`]: a small deletion
/// waits for short turns only, and a huge one is resumed few times.
const FIRST_PAGES: usize = 4;
/// Pages of the longest turn: about a minute at the write limit of one partition.
const MOST_PAGES: usize = 64;
/// Pages of a turn that the stream has woken. It bounds how long the records behind it wait: about 10 seconds.
const WOKEN_PAGES: usize = 10;
/// Unfinished deletions that a scheduled run goes on with. Of more, the next run takes the others.
const MOST_UNFINISHED: usize = 1000;
/// How long a deletion is left alone after a pass began a page of it. A page takes seconds, even with all its retries.
const LEASE: Duration = Duration::from_secs(30);

/// One invocation of the purge.
pub struct PurgeRun<'a> {
    /// The table.
    pub store: &'a Store,
    /// How long after a deletion a query must have begun, to close it.
    pub settle: Duration,
    /// After this no further page is begun.
    pub deadline: Instant,
    /// Is called after every pass.
    pub report: &'a dyn Fn(&Owner, &Result<Pass, Error>),
}

impl PurgeRun<'_> {
    /// Goes through all deletions that are not closed, from the first page of them on, then on with those that are
    /// unfinished, round after round, until none is or the deadline comes. Memory does not grow with their number.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses. A deletion that fails does not stop the others.
    pub async fn purge_all(&self, first: PendingPage) -> Result<(), Error> {
        let mut pages = FIRST_PAGES;
        let mut round = self.round(self.pending(first), pages).await;
        let mut end = round.end;
        while !round.unfinished.is_empty() && Instant::now() < self.deadline {
            pages = MOST_PAGES.min(pages * 2);
            round = self.round(stream::iter(round.unfinished.into_iter().map(Ok)), pages).await;
            end = end.and(round.end);
        }
        end
    }

    /// Gives one turn to each of the deletions that records of the stream tell of. What is unfinished wakes itself again,
    /// behind the records that wait. Returns those that failed.
    pub async fn purge_woken(&self, owners: impl IntoIterator<Item = Owner>) -> Vec<Owner> {
        let turn = self.turn(WOKEN_PAGES, true);
        let passes = stream::iter(owners).map(|owner| self.pass(owner, &turn)).buffer_unordered(AT_ONCE);
        passes.filter_map(|(owner, pass)| ready(pass.is_err().then_some(owner))).collect().await
    }

    async fn round(&self, owners: impl Stream<Item = Result<Owner, Error>>, pages: usize) -> Round {
        let turn = self.turn(pages, false);
        let (mut unfinished, mut end) = (Vec::new(), Ok(()));
        let passes = owners
            .take_while(|_| ready(Instant::now() < self.deadline))
            .map_ok(|owner| self.pass(owner, &turn))
            .map(async |pass| Ok(pass?.await))
            .buffer_unordered(AT_ONCE);
        let mut passes = std::pin::pin!(passes);
        while let Some(pass) = passes.next().await {
            match pass {
                Ok((owner, Ok(pass)))
                    if pass.outcome == PassOutcome::Unfinished && unfinished.len() < MOST_UNFINISHED =>
                {
                    unfinished.push(owner);
                }
                Ok((_, Ok(_))) => {}
                Ok((_, Err(error))) | Err(error) => end = Err(error),
            }
        }
        Round { unfinished, end }
    }

    /// All deletions that are not closed. A page of them is read when the one before is used up.
    fn pending(&self, first: PendingPage) -> impl Stream<Item = Result<Owner, Error>> {
        let pages = stream::try_unfold((Some(first), None), async |(page, next)| {
            let page = match (page, next) {
                (Some(page), _) => page,
                (None, Some(next)) => self.store.list_pending_deletions(Some(next)).await?,
                (None, None) => return Ok::<_, Error>(None),
            };
            Ok(Some((stream::iter(page.owners.into_iter().map(Ok)), (None, page.next))))
        });
        pages.try_flatten()
    }

    async fn pass(&self, owner: Owner, turn: &Turn) -> (Owner, Result<Pass, Error>) {
        let pass = self.store.purge(&owner, turn).await;
        (self.report)(&owner, &pass);
        (owner, pass)
    }

    fn turn(&self, pages: usize, wakes: bool) -> Turn {
        Turn { pages, deadline: self.deadline, settle: self.settle, lease: LEASE, wakes }
    }
}

/// What a round came to.
struct Round {
    unfinished: Vec<Owner>,
    end: Result<(), Error>,
}
