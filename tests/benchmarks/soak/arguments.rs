//! What is wanted: a soak, or in `cargo test` a short one.

/// The length and the seed in `cargo test`.
const SHORT: Wanted = Wanted { minutes: 0.5, seed: 1 };
/// The name of the test, for filters.
const TEST: &str = "soak";

/// A soak of this length with this seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) minutes: f64,
    pub(crate) seed: u64,
}

/// Reads the arguments of a benchmark, `[MINUTES] [SEED]`, or those of a test, which is left out if a filter does not
/// fit. Cargo adds `--bench` for a benchmark.
pub(crate) fn read() -> Option<Wanted> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().filter(|argument| !argument.starts_with("--"));
    if arguments.iter().any(|argument| argument == "--bench") {
        let minutes = words.next().map_or(30.0, |minutes| minutes.parse().expect("minutes"));
        let seed = words.next().map_or_else(rand::random, |seed| seed.parse().expect("a seed"));
        return Some(Wanted { minutes, seed });
    }
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{TEST}: test");
        return None;
    }
    let has_filter = words.clone().next().is_some();
    (!has_filter || words.any(|filter| TEST.contains(&**filter))).then_some(SHORT)
}
