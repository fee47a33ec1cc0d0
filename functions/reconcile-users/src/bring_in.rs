//! From Clerk to here: what is missing or older.

use clerk::{MAX_LISTED_USERS, User};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use store::{ClerkUserId, MAX_USER_BYTES, Presence, Source};

use crate::{
    Failure, Work,
    run::{Counts, Run, Stage},
};

/// Writes under way at once.
const CONCURRENCY: usize = 8;
/// How far to go back where users before this place have gone since.
const STEP_BACK: usize = MAX_LISTED_USERS / 2;

/// A place in Clerk's list, oldest first. The list is told by offset, and moves up when a user before it is deleted: so
/// each page begins with the last user of the one before, and where it does not, an earlier page is fetched.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Place {
    offset: usize,
    /// Up to here they are dealt with.
    done: Mark,
    /// Up to here they are counted; ahead of `done` where a page was not finished.
    counted: Mark,
}

/// A user in the list, by age. Several may be of the same millisecond.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    created_at: i64,
    ids: Vec<String>,
}

impl Mark {
    /// Whether the mark is at this user or after it. One that does not say when it was created is never passed over.
    fn covers(&self, user: &User) -> bool {
        let at = |at| at < self.created_at || at == self.created_at && self.ids.iter().any(|id| id == user.id());
        user.created_at().is_some_and(at)
    }

    fn advance(&mut self, users: &[User]) {
        for user in users {
            match user.created_at() {
                Some(at) if at > self.created_at => *self = Self { created_at: at, ids: vec![user.id().to_owned()] },
                Some(at) if at == self.created_at && !self.covers(user) => self.ids.push(user.id().to_owned()),
                _ => {}
            }
        }
    }
}

impl Place {
    /// Whether users between the last page and this one may have been missed.
    fn has_gap_before(&self, page: &[User]) -> bool {
        let is_known = |user: &User| user.created_at().is_none() || self.done.covers(user);
        self.offset > 0 && !page.first().is_some_and(is_known)
    }
}

impl Work<'_> {
    /// One page: compared, counted, written down, brought in.
    pub(crate) async fn bring_in_page(&mut self, run: &mut Run, mut place: Place) -> Result<(), Failure> {
        self.pace.tick().await;
        let page = self.sides.clerk.with_key(async |api| api.users_by_age(place.offset).await).await?;
        let users = page.users()?;
        if place.has_gap_before(&users) {
            place.offset = place.offset.saturating_sub(STEP_BACK);
            run.stage = Stage::BringIn(place);
            return Ok(());
        }

        let new: Vec<&User> = users.iter().filter(|user| !place.done.covers(user)).collect();
        let keepable: Vec<_> = new.iter().filter_map(|user| Some((keepable_id(user)?, *user))).collect();
        let presences = self.sides.store.compare_users(&keepable).await?;
        let uncounted = |user: &User| !place.counted.covers(user);
        let is_counted = new.iter().filter(|user| uncounted(user));
        run.counts.at_clerk += is_counted.clone().count() as u64;
        run.counts.refused += is_counted.filter(|user| keepable_id(user).is_none()).count() as u64;
        for ((_, user), presence) in keepable.iter().zip(&presences) {
            if uncounted(user) {
                run.counts.add(*presence);
            }
        }
        place.counted.advance(&users);
        run.stage = Stage::BringIn(place.clone());
        self.journal.save(run).await?;

        if !self.order.dry_run {
            let wanted = keepable.iter().zip(&presences);
            let wanted = wanted.filter(|(_, presence)| matches!(presence, Presence::Missing | Presence::Older));
            let store = &self.sides.store;
            stream::iter(wanted.map(|((id, user), _)| store.sync_user(id, user, Source::BackendApi)))
                .buffer_unordered(CONCURRENCY)
                .try_for_each(async |_| Ok(()))
                .await?;
        }
        place.done.advance(&users);
        place.offset += users.len().saturating_sub(1);
        run.stage = if users.len() < MAX_LISTED_USERS { Stage::Find { after: None } } else { Stage::BringIn(place) };
        Ok(())
    }
}

fn keepable_id(user: &User) -> Option<ClerkUserId> {
    ClerkUserId::parse(user.id()).ok().filter(|_| user.text().len() <= MAX_USER_BYTES)
}

impl Counts {
    fn add(&mut self, presence: Presence) {
        *match presence {
            Presence::Missing => &mut self.created,
            Presence::Older => &mut self.updated,
            Presence::Current => &mut self.unchanged,
            Presence::Deleted => &mut self.deleted_here,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(users: &[(i64, &str)]) -> Vec<String> {
        users.iter().map(|(at, id)| format!(r#"{{"id":"{id}","created_at":{at}}}"#)).collect()
    }

    fn users(page: &[String]) -> Vec<User<'_>> {
        page.iter().map(|text| User::parse(text).unwrap()).collect()
    }

    #[test]
    fn users_of_the_same_millisecond_are_told_apart() {
        let page = page(&[(1, "user_a"), (2, "user_b"), (2, "user_c"), (3, "user_d")]);
        let users = users(&page);
        let mut mark = Mark::default();
        mark.advance(&users[..2]);
        assert_eq!(users.iter().map(|user| mark.covers(user)).collect::<Vec<_>>(), [true, true, false, false]);
        mark.advance(&users[2..3]);
        assert!(users[..3].iter().all(|user| mark.covers(user)) && !mark.covers(&users[3]));
    }

    #[test]
    fn a_page_that_does_not_begin_with_the_last_user_of_the_one_before_may_hide_others() {
        let page = page(&[(1, "user_a"), (2, "user_b"), (3, "user_c")]);
        let users = users(&page);
        let mut place = Place { offset: 1, ..Place::default() };
        place.done.advance(&users[..2]);
        assert!(!place.has_gap_before(&users[1..]));
        assert!(place.has_gap_before(&users[2..]));
        assert!(place.has_gap_before(&[]));
        place.offset = 0;
        assert!(!place.has_gap_before(&users[2..]));
    }
}
