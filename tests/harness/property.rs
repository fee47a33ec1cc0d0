//! Property tests.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};

/// Tests `property` with `cases` random inputs, or as many as `PROPTEST_CASES` says. If one panics, proptest looks for the
/// smallest input that does, and the panic names it and the seed that reproduces it (`PROPTEST_RNG_SEED`).
pub fn assert_for_all<S: Strategy>(cases: u32, inputs: S, property: impl Fn(S::Value)) {
    let seed = variable("PROPTEST_RNG_SEED").unwrap_or_else(rand::random);
    let config = Config {
        cases: variable("PROPTEST_CASES").unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 200,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&inputs, |input| {
        property(input);
        Ok::<_, TestCaseError>(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("fails for {input:?}: {reason}\nto reproduce it: PROPTEST_RNG_SEED={seed}")
        }
        Err(error) => panic!("{error}"),
    }
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
