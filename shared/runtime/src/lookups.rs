//! Who was looked up at Clerk a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use usher_store::ClerkUserId;

/// How long the answer to a lookup holds. A client that is told to try again does so every second.
const MEMORY: Duration = Duration::from_secs(5);
/// Users remembered at most. Each needs a token of its own that Clerk has signed.
const MOST: usize = 1_000;

/// The result of a lookup: whether Clerk has the user, and when it said so.
type Lookup = Arc<tokio::sync::Mutex<Option<(bool, Instant)>>>;

/// Remembers for 5 s what Clerk said of a user, and asks for each user once at a time. Without it, a valid token of a user
/// whom Clerk has deleted would cost a request to Clerk for every request here.
#[derive(Default)]
pub(crate) struct Lookups(Mutex<HashMap<ClerkUserId, Lookup>>);

impl Lookups {
    /// Returns what `ask` answers, or answered less than 5 s ago, for this user. An error is not remembered.
    pub(crate) async fn once<E>(
        &self,
        id: &ClerkUserId,
        ask: impl AsyncFnOnce() -> Result<bool, E>,
    ) -> Result<bool, E> {
        let lookup = self.lookup(id);
        let mut last = lookup.lock().await;
        if let Some((answer, at)) = *last
            && at.elapsed() < MEMORY
        {
            return Ok(answer);
        }
        let answer = ask().await?;
        *last = Some((answer, Instant::now()));
        Ok(answer)
    }

    fn lookup(&self, id: &ClerkUserId) -> Lookup {
        let mut lookups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lookups.len() >= MOST && !lookups.contains_key(id) {
            let is_recent = |lookup: &Lookup| {
                lookup.try_lock().map_or(true, |last| last.is_some_and(|(_, at)| at.elapsed() < MEMORY))
            };
            lookups.retain(|_, lookup| is_recent(lookup));
            if lookups.len() >= MOST {
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
    async fn clerk_is_asked_once_in_five_seconds() {
        let (lookups, asked) = (Lookups::default(), Cell::new(0));
        let ask = async || {
            asked.set(asked.get() + 1);
            Ok::<_, Infallible>(false)
        };
        for (passed, expected) in [(0, 1), (4, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(passed)).await;
            assert_eq!(lookups.once(&user(1), ask).await, Ok(false));
            assert_eq!(asked.get(), expected);
        }
        lookups.once(&user(2), ask).await.unwrap();
        assert_eq!(asked.get(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_together_share_one_answer() {
        let (lookups, asked) = (Lookups::default(), Cell::new(0));
        let slow = async || {
            asked.set(asked.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(true)
        };
        let id = user(1);
        let answers = tokio::join!(lookups.once(&id, slow), lookups.once(&id, slow), lookups.once(&id, slow));
        assert_eq!((answers, asked.get()), ((Ok(true), Ok(true), Ok(true)), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_remembered() {
        let lookups = Lookups::default();
        assert_eq!(lookups.once(&user(1), async || Err("down")).await, Err("down"));
        assert_eq!(lookups.once(&user(1), async || Ok::<_, &str>(true)).await, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let lookups = Lookups::default();
        for number in 0..3 * MOST {
            lookups.once(&user(number), async || Ok::<_, Infallible>(false)).await.unwrap();
        }
        assert!(lookups.0.lock().unwrap().len() <= MOST);
    }
}
