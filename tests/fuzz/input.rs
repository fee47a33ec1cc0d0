//! The inputs of the targets.

use arbitrary::{Arbitrary, Unstructured};

/// Makes an input from bytes. Returns `None` if they are not enough.
pub(crate) fn input<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(bytes)).ok()
}

/// Runs a target with the inputs of its corpus, and with random ones.
#[cfg(test)]
pub(crate) fn assert_for_inputs(name: &str, target: fn(&[u8])) {
    use std::{fs, path::Path};

    use proptest::{arbitrary::any, collection::vec};

    /// The random inputs of each target.
    const CASES: u32 = 1_000;
    /// The maximum length of an input, in bytes.
    const MAX_BYTES: usize = 200;

    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    for file in fs::read_dir(&corpus).unwrap() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        target(&fs::read(path).unwrap());
    }
    harness::assert_for_all(CASES, vec(any::<u8>(), 0..MAX_BYTES), |bytes| target(&bytes));
}
