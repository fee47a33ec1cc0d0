//! The operations are exactly the public methods of the store, so faults, crashes and the capacity are tried on each.

use std::{collections::BTreeSet, fs, path::Path};

use crate::operations::Operation;

/// Public methods that are not operations.
const EXCEPTIONS: [&str; 2] = [
    // Only call the operations `list_pending_deletions` and `purge`.
    "purge_all",
    "purge_woken",
];

/// The names of the public functions below `folder` that are async, or whose signature has a future or a stream.
fn public_async_functions(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            names.extend(public_async_functions(&entry));
            continue;
        }
        for item in fs::read_to_string(&entry).unwrap().split("pub ").skip(1) {
            let signature = item.split('{').next().unwrap_or_default();
            let Some((qualifiers, rest)) = signature.split_once("fn ") else { continue };
            let is_function = qualifiers.split_whitespace().all(|word| ["async", "const"].contains(&word));
            if is_function && ["async", "Future", "Stream"].iter().any(|word| signature.contains(word)) {
                names.insert(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    names
}

#[test]
fn the_operations_are_exactly_the_public_methods() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/store/src");
    let methods = public_async_functions(&sources);
    let operations = Operation::ALL.iter().map(|operation| operation.method());
    let known: BTreeSet<_> = operations.chain(EXCEPTIONS).map(str::to_owned).collect();
    let missing: Vec<_> = methods.difference(&known).collect();
    assert!(missing.is_empty(), "add these methods of the store to operations.rs: {missing:?}");
    let gone: Vec<_> = known.difference(&methods).collect();
    assert!(gone.is_empty(), "the store has no such methods: {gone:?}");
}
