//! A run of the purge: many deletions share the time of one invocation.
//!
//! Each deletion gets a turn of a few pages, and several deletions have their turns at once. An unfinished deletion
//! goes to the back of the queue, so a huge deletion delays a small one by a turn and not by its whole length.

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

/// The number of deletions that have their turns at once.
const AT_ONCE: usize = 8;
/// The pages of a turn in the first round of a scheduled run. Each round doubles them, up to [`MAX_PAGES`]. So a small
/// deletion waits for short turns only, and a huge one is resumed few times.
const FIRST_PAGES: usize = 4;
/// The pages of the longest turn: about a minute at the write limit of one partition.
const MAX_PAGES: usize = 64;
/// The pages of a turn in a run that the stream started. They limit the wait of the records behind it to about 10 s.
const WOKEN_PAGES: usize = 10;
/// The maximum number of unfinished deletions that a scheduled run resumes. The next run takes the others.
const MAX_UNFINISHED: usize = 1000;
/// The time that other passes leave a deletion alone after a pass began a page of it. A page takes a few seconds, even
/// with all retries.
const LEASE: Duration = Duration::from_secs(30);

/// One invocation of the purge.
pub struct PurgeRun<'a> {
    /// The table.
    pub store: &'a Store,
    /// The time that must pass after a deletion before a query may begin that closes it.
    pub settle: Duration,
    /// The time after which no further page is begun.
    pub deadline: Instant,
    /// Called after every pass.
    pub report: &'a dyn Fn(&Owner, &Result<Pass, Error>),
}

impl PurgeRun<'_> {
    /// Gives a turn to every deletion that is not closed, beginning with the page `first`. Then gives further turns to
    /// the unfinished ones, round after round, until all are finished or the deadline has come. Memory does not grow
    /// with their number.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses. A failing deletion does not stop the others.
    pub async fn purge_all(&self, first: PendingPage) -> Result<(), Error> {
        let mut pages = FIRST_PAGES;
        let mut round = self.round(self.pending(first), pages).await;
        let mut result = round.result;
        while !round.unfinished.is_empty() && Instant::now() < self.deadline {
            pages = MAX_PAGES.min(pages * 2);
            round = self.round(stream::iter(round.unfinished.into_iter().map(Ok)), pages).await;
            result = result.and(round.result);
        }
        result
    }

    /// Gives one turn to each of the deletions that records of the stream have woken. An unfinished deletion wakes the
    /// purge again, behind the records that wait. Returns the deletions that failed.
    pub async fn purge_woken(&self, owners: impl IntoIterator<Item = Owner>) -> Vec<Owner> {
        let turn = self.turn(WOKEN_PAGES, true);
        let passes = stream::iter(owners).map(|owner| self.pass(owner, &turn)).buffer_unordered(AT_ONCE);
        passes.filter_map(|(owner, pass)| ready(pass.is_err().then_some(owner))).collect().await
    }

    async fn round(&self, owners: impl Stream<Item = Result<Owner, Error>>, pages: usize) -> Round {
        let turn = self.turn(pages, false);
        let (mut unfinished, mut result) = (Vec::new(), Ok(()));
        let passes = owners
            .take_while(|_| ready(Instant::now() < self.deadline))
            .map_ok(|owner| self.pass(owner, &turn))
            .map(async |pass| Ok(pass?.await))
            .buffer_unordered(AT_ONCE);
        let mut passes = std::pin::pin!(passes);
        while let Some(pass) = passes.next().await {
            match pass {
                Ok((owner, Ok(pass)))
                    if pass.outcome == PassOutcome::Unfinished && unfinished.len() < MAX_UNFINISHED =>
                {
                    unfinished.push(owner);
                }
                Ok((_, Ok(_))) => {}
                Ok((_, Err(error))) | Err(error) => result = Err(error),
            }
        }
        Round { unfinished, result }
    }

    /// Iterates over the deletions that are not closed. Reads a page when the page before is used up.
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

/// The result of a round.
struct Round {
    unfinished: Vec<Owner>,
    /// The last error, if a deletion failed.
    result: Result<(), Error>,
}
