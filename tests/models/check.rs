//! Running the checker.

use std::{collections::BTreeSet, env, fmt::Debug, hash::Hash};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// The minimum number of unique states of a model, so that a check does not become empty without notice.
const MIN_STATES: usize = 1_000_000;

/// Returns whether the larger bounds are to be checked. They take minutes and gigabytes of memory.
pub(crate) fn is_thorough() -> bool {
    env::var_os("USHER_THOROUGH_MODELS").is_some()
}

/// Visits all states of a model at each of its bounds. Fails if a promise does not hold, if a state that must be
/// reachable is not, or if there are too few states.
pub(crate) fn assert_holds<M>(models: impl IntoIterator<Item = M>)
where
    M: Model<State: Clone + Debug + Hash + PartialEq + Send + Sync, Action: Clone + Debug + PartialEq>
        + Send
        + Sync
        + 'static,
{
    let mut states = 0;
    for model in models {
        let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        checker.assert_properties();
        println!("{} unique states, {} steps deep", checker.unique_state_count(), checker.max_depth());
        states += checker.unique_state_count();
    }
    assert!(states >= MIN_STATES, "only {states} unique states");
}

/// Searches for a way to break a promise, and fails if there is none.
pub(crate) fn assert_breaks<M>(model: M, promise: &'static str)
where
    M: Model<State: Clone + Debug + Hash + PartialEq + Send + Sync, Action: Clone + Debug + PartialEq>
        + Send
        + Sync
        + 'static,
{
    let always = |property: &stateright::Property<M>| property.expectation == Expectation::Always;
    assert!(model.properties().iter().any(|property| property.name == promise && always(property)), "{promise}");
    let until = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let checker = model.checker().threads(2).finish_when(until).spawn_bfs().join();
    let path = checker.discovery(promise).unwrap_or_else(|| panic!("nothing breaks the promise: {promise}"));
    println!("{promise}: broken by {:?}", path.into_actions());
}
