//! The TypeScript client has a method for every route. `tests/template/client.rs` compares the Rust client.
//!
//! [`CLIENTS`] has the name of the method for each `operationId`. A route without a method, and a method that is not in
//! the client's source, fail the test.

use std::{collections::BTreeSet, fs};

use crate::files::{DESCRIPTION, path, read};

/// A client of the API.
struct Client {
    /// The files that declare all methods. The streaming API has one of its own.
    sources: &'static [&'static str],
    /// The `operationId` of each route, and the method that calls it.
    methods: &'static [(&'static str, &'static str)],
    /// Returns whether a source declares a method.
    declares: fn(&str, &str) -> bool,
}

const CLIENTS: &[Client] = &[Client {
    sources: &["shared/web/src/usher.ts", "shared/web/src/stream/streams.ts"],
    methods: &[
        ("create-exchange", "exchanges.create"),
        ("create-message", "messages.create"),
        ("create-reply", "replies.create"),
        ("create-thread", "threads.create"),
        ("delete-current-user", "user.delete"),
        ("delete-thread", "threads.delete"),
        ("export-current-user", "user.export"),
        ("get-current-user", "user.get"),
        ("get-login-status", "user.status"),
        ("get-settings", "settings.get"),
        ("get-thread", "threads.get"),
        ("get-user", "users.get"),
        ("list-messages", "messages.list"),
        ("list-threads", "threads.list"),
        ("resume-reply", "replies.resume"),
        ("search", "search.list"),
        ("stop-reply", "replies.stop"),
        ("update-settings", "settings.update"),
        ("update-thread", "threads.update"),
    ],
    declares: is_in_typescript,
}];

/// The operations that clients do not call. Clerk calls this one.
const NOT_FOR_CLIENTS: [&str; 1] = ["clerk-webhook"];

/// Returns whether an interface has `group.method`.
fn is_in_typescript(source: &str, name: &str) -> bool {
    let (group, method) = name.split_once('.').expect("a group and a method");
    let group = source.split_once(&format!("readonly {group}: {{\n"));
    let group = group.and_then(|(_, rest)| rest.split_once("\n  };"));
    group.is_some_and(|(group, _)| group.lines().any(|line| line.starts_with(&format!("    {method}("))))
}

/// The operations of the description that clients call.
fn operations() -> BTreeSet<String> {
    let description = read(DESCRIPTION);
    let methods =
        description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let mut operations: BTreeSet<_> =
        methods.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
    for name in NOT_FOR_CLIENTS {
        assert!(operations.remove(name), "{name}");
    }
    operations
}

#[test]
fn every_client_has_a_method_for_every_route() {
    for Client { sources, methods, declares } in CLIENTS {
        let listed: BTreeSet<_> = methods.iter().map(|(operation, _)| (*operation).to_owned()).collect();
        assert_eq!(listed, operations(), "the methods of {sources:?} in this file");
        let texts = sources.iter().map(|source| fs::read_to_string(path(source)).unwrap()).collect::<Vec<_>>();
        for (operation, method) in *methods {
            assert!(texts.iter().any(|text| declares(text, method)), "{sources:?} have no {method} for {operation}");
        }
    }
}

#[test]
fn a_method_that_is_not_declared_is_found() {
    let source = "  readonly user: {\n    get(): void;\n  };\n  readonly users: {\n    find(): void;\n  };\n";
    assert!(is_in_typescript(source, "user.get"));
    for missing in ["users.get", "user.find", "threads.get"] {
        assert!(!is_in_typescript(source, missing), "{missing}");
    }
}
