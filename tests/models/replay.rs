//! Random walks of the models of sync and of the cascade, replayed against the store on the embedded engine.
//!
//! A step of a walk lets one call of one operation of the store go to the engine. Several operations are in flight as
//! tasks, each held at its next call (`operation.rs`). So the walk decides whose call comes next, which process dies,
//! and how much time passes. After every step the rows of the table have to be those of the model, and an operation
//! that ends has to return what the model says.
//!
//! Two kinds of steps have no counterpart here. The embedded engine applies a transaction at once, so all of its rows
//! land in the step that commits it. And the pages of the store are larger than those of the model, so a page is made
//! smaller on its way to the engine. Each file says how time passes.

mod cascade;
mod operation;
mod sync;

use std::{env, fmt::Debug};

use futures_util::{StreamExt, stream};
use harness::Table;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use stateright::Model;
use usher_store::Store;

/// The number of walks of each model.
const WALKS: u64 = 1000;
/// The number of steps after which a walk ends.
const MAX_STEPS: usize = 30;
/// The number of walks that are replayed at once.
const AT_ONCE: usize = 4;
/// The name of the variable with the seed of the walks.
const SEED: &str = "USHER_TEST_SEED";

/// The steps of a walk so far. Prints them and the seed if the test fails.
struct Walk<A: Debug> {
    seed: u64,
    random: StdRng,
    steps: Vec<A>,
}

impl<A: Debug> Walk<A> {
    fn new(seed: u64) -> Self {
        Self { seed, random: StdRng::seed_from_u64(seed), steps: Vec::new() }
    }

    /// Chooses one of these values.
    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.random.random_range(0..values.len())]
    }

    /// Chooses one of the possible steps.
    fn choose<M: Model<Action = A>>(
        &mut self,
        model: &M,
        state: &M::State,
        can_replay: impl Fn(&A) -> bool,
    ) -> Option<&A> {
        let mut steps = Vec::new();
        model.actions(state, &mut steps);
        steps.retain(can_replay);
        if steps.is_empty() || self.steps.len() == MAX_STEPS {
            return None;
        }
        let step = steps.swap_remove(self.random.random_range(0..steps.len()));
        self.steps.push(step);
        self.steps.last()
    }
}

impl<A: Debug> Drop for Walk<A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{SEED}={}: {:?}", self.seed, self.steps);
        }
    }
}

/// Replays all walks, each with a seed of its own, or the one with the seed of the variable. `replay` returns the
/// number of steps.
async fn replay_all<F: Future<Output = usize> + Send + 'static>(replay: impl Fn(u64) -> F) {
    let given = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seeds: Vec<u64> = given.map_or_else(|| (0..WALKS).map(|_| rand::random()).collect(), |seed| vec![seed]);
    let walks = stream::iter(seeds).map(|seed| tokio::spawn(replay(seed))).buffer_unordered(AT_ONCE);
    let steps: usize = walks.map(Result::unwrap).fold(0, async |sum, steps| sum + steps).await;
    println!("{steps} steps");
}

/// The table, and a store whose calls are held.
async fn held_store() -> (Table, Store) {
    let table = Table::shared().await;
    let store = Store::new(operation::client(&table.client), &table.name);
    (table, store)
}
