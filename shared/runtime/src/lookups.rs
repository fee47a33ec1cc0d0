//! Recent lookups of users at Clerk.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use usher_contract::ClerkUserId;

/// The time for which the result of a lookup is reused. It is longer than a client waits before it tries again, which
/// is one second.
const MAX_AGE: Duration = Duration::from_secs(5);
/// The maximum number of remembered users. Each of them has a token that Clerk has signed.
const MAX_USERS: usize = 1_000;

/// The last result for a user: whether Clerk has the user, and when Clerk said so.
type Lookup = Arc<tokio::sync::Mutex<Option<(bool, Instant)>>>;

/// Remembers for 5 s whether Clerk has a user, and allows one lookup of a user at a time. Otherwise every request with
/// a valid token of a deleted user would cause a request to Clerk.
#[derive(Default)]
pub(crate) struct Lookups(Mutex<HashMap<ClerkUserId, Lookup>>);

impl Lookups {
    /// Returns the remembered result for a user if it is less than 5 s old. Otherwise calls `ask` and remembers its
    /// result. An error is not remembered.
    pub(crate) async fn get_or_ask<E>(
        &self,
        id: &ClerkUserId,
        ask: impl AsyncFnOnce() -> Result<bool, E>,
    ) -> Result<bool, E> {
        let lookup = self.lookup(id);
        let mut last = lookup.lock().await;
        if let Some((answer, at)) = *last
            && at.elapsed() < MAX_AGE
        {
            return Ok(answer);
        }
        let answer = ask().await?;
        *last = Some((answer, Instant::now()));
        Ok(answer)
    }

    fn lookup(&self, id: &ClerkUserId) -> Lookup {
        let mut lookups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lookups.len() >= MAX_USERS && !lookups.contains_key(id) {
            let is_recent = |lookup: &Lookup| {
                lookup.try_lock().map_or(true, |last| last.is_some_and(|(_, at)| at.elapsed() < MAX_AGE))
            };
            lookups.retain(|_, lookup| is_recent(lookup));
            if lookups.len() >= MAX_USERS {
                lookups.clear();
            }
        }
        Arc::clone(lookups.entry(id.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;

    fn user(number: usize) -> ClerkUserId {
        ClerkUserId::parse(&format!("user_{number}")).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_is_looked_up_once_in_five_seconds() {
        let (lookups, asked) = (Lookups::default(), Cell::new(0));
        let ask = async || {
            asked.set(asked.get() + 1);
            Ok::<_, Infallible>(false)
        };
        for (passed, expected) in [(0, 1), (4, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(passed)).await;
            assert_eq!(lookups.get_or_ask(&user(1), ask).await, Ok(false));
            assert_eq!(asked.get(), expected);
        }
        lookups.get_or_ask(&user(2), ask).await.unwrap();
        assert_eq!(asked.get(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_one_lookup() {
        let (lookups, asked) = (Lookups::default(), Cell::new(0));
        let slow = async || {
            asked.set(asked.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(true)
        };
        let id = user(1);
        let answers =
            tokio::join!(lookups.get_or_ask(&id, slow), lookups.get_or_ask(&id, slow), lookups.get_or_ask(&id, slow));
        assert_eq!((answers, asked.get()), ((Ok(true), Ok(true), Ok(true)), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_remembered() {
        let lookups = Lookups::default();
        assert_eq!(lookups.get_or_ask(&user(1), async || Err("down")).await, Err("down"));
        assert_eq!(lookups.get_or_ask(&user(1), async || Ok::<_, &str>(true)).await, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let lookups = Lookups::default();
        for number in 0..3 * MAX_USERS {
            lookups.get_or_ask(&user(number), async || Ok::<_, Infallible>(false)).await.unwrap();
        }
        assert!(lookups.0.lock().unwrap().len() <= MAX_USERS);
    }
}
