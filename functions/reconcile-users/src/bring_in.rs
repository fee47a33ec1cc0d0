//! From Clerk to here: what is missing or older.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use usher_clerk::{BackendError, Entry, User, UserError};
use usher_store::{Comparison, LocalState, MAX_USER_BYTES, Source, Store, Timestamp};

use crate::{
    Failure, Work,
    place::{Place, Print},
    run::{Counts, Run, Stage},
};

/// Writes under way at once.
const CONCURRENCY: usize = 8;
/// Entries in a row that nobody can read, each by itself. With more of them it is Clerk that cannot be read.
const MOST_UNREAD: usize = 10;
/// How old a change must be before its webhook counts as lost. By then Svix has tried three times.
const MISSED_AFTER: Duration = Duration::from_secs(15 * 60);

impl Work<'_> {
    /// One page: compared, counted, written down, brought in.
    pub(crate) async fn bring_in_page(&mut self, run: &mut Run, mut place: Place) -> Result<(), Failure> {
        self.pace.tick().await;
        let page = self.sides.clerk.with_key(async |api| api.users_by_age(place.offset(), place.limit()).await).await;
        let page = match page {
            Err(BackendError::Unreadable(reason)) => return self.unread(run, place, reason),
            page => page?,
        };
        let entries = match page.entries() {
            Err(BackendError::Unreadable(reason)) => return self.unread(run, place, reason),
            entries => entries?,
        };
        self.unread = 0;
        let Some(ahead) = place.ahead(&entries) else {
            run.stage = Stage::BringIn(place.step_back());
            return Ok(());
        };

        let (mut users, mut refused) = (Vec::new(), Vec::new());
        for (entry, position) in ahead.iter().zip(place.offset() + entries.len() - ahead.len()..) {
            let is_new = !place.is_counted(Print::of(entry));
            run.counts.at_clerk += u64::from(is_new);
            match to_keep(entry) {
                Ok(user) => users.push(user),
                Err(reason) => {
                    tell_refused(position, reason);
                    run.counts.refused += u64::from(is_new);
                    refused.extend(entry.user.as_ref().map(User::id));
                }
            }
        }
        let found = self.sides.store.compare_users(&users).await?;
        for (user, found) in users.iter().zip(&found) {
            if !place.is_counted(Print::of_user(user)) {
                run.counts.add(found.local_state);
                run.counts.missed += u64::from(self.order.is_daily() && is_missed(user, found.local_state));
            }
        }
        place.count(ahead);
        run.stage = Stage::BringIn(place.clone());
        self.journal.save(run).await?;

        if !self.order.dry_run {
            let store = &self.sides.store;
            stream::iter(users.iter().zip(&found).map(|(user, found)| bring_in(store, user, found)))
                .buffer_unordered(CONCURRENCY)
                .try_for_each(async |()| Ok(()))
                .await?;
            for id in refused {
                store.mark_known(id).await?;
            }
        }
        let is_end = entries.len() < place.limit();
        let next = place.pass(entries.len(), ahead);
        run.stage = if is_end { Stage::Find { after: None } } else { Stage::BringIn(next) };
        Ok(())
    }

    /// A page that cannot be read is fetched in parts, so that what is wrong with one user costs no other.
    fn unread(&mut self, run: &mut Run, place: Place, reason: &'static str) -> Result<(), Failure> {
        if let Some(narrowed) = place.narrowed() {
            run.stage = Stage::BringIn(narrowed);
            return Ok(());
        }
        self.unread += 1;
        if self.unread > MOST_UNREAD {
            return Err(BackendError::Unreadable(reason).into());
        }
        tell_refused(place.offset(), reason);
        run.counts.at_clerk += 1;
        run.counts.refused += 1;
        run.stage = Stage::BringIn(place.pass_unread());
        Ok(())
    }
}

/// Says which one by its place in Clerk's list: what it holds is nobody's to read.
fn tell_refused(position: usize, reason: &str) {
    tracing::warn!(position, reason, "an object in Clerk's list of users, the oldest first, cannot be kept");
}

fn to_keep<'a, 'b>(entry: &'a Entry<'b>) -> Result<&'a User<'b>, &'static str> {
    let user = entry.user.as_ref().map_err(|error| match error {
        UserError::NotAnObject => "is no user object",
        UserError::NoId | UserError::InvalidId => "has no id of a user",
    })?;
    if user.text().len() > MAX_USER_BYTES { Err("is larger than can be kept") } else { Ok(user) }
}

async fn bring_in(store: &Store, user: &User<'_>, found: &Comparison) -> Result<(), usher_store::Error> {
    match found.local_state {
        LocalState::Missing | LocalState::Older => store.sync_user(user, Source::BackendApi).await.map(drop),
        LocalState::Current if found.is_marked_unknown => store.mark_known(user.id()).await,
        LocalState::Current | LocalState::Deleted => Ok(()),
    }
}

/// Whether a webhook that is not here by now should have brought the change. A user of whom Clerk does not say when it
/// changed is brought in by every run.
fn is_missed(user: &User, presence: LocalState) -> bool {
    let changed_at = match presence {
        LocalState::Missing => user.created_at(),
        LocalState::Older => user.updated_at(),
        LocalState::Current | LocalState::Deleted => None,
    };
    changed_at.is_some_and(|at| at < Timestamp::now().saturating_sub(MISSED_AFTER))
}

impl Counts {
    fn add(&mut self, presence: LocalState) {
        *match presence {
            LocalState::Missing => &mut self.created,
            LocalState::Older => &mut self.updated,
            LocalState::Current => &mut self.unchanged,
            LocalState::Deleted => &mut self.deleted_here,
        } += 1;
    }
}
