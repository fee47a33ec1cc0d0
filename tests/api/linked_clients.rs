//! A function has the client of an AWS service if and only if its role allows calls to that service. A client that is
//! never called makes every cold start slower.

use std::{collections::BTreeSet, fs};

use harness::{binaries, grants};
use memchr::memmem;

/// Services by their prefix in an action, and the crates that call them.
const CLIENTS: [(&str, &str); 4] = [
    ("dynamodb", "aws_sdk_dynamodb"),
    ("execute-api", "aws_sdk_apigatewaymanagement"),
    ("ssm", "aws_sdk_ssm"),
    ("sts", "aws_sdk_sts"),
];

/// Returns whether the name of a crate at this place is part of a symbol. In a symbol, the length of a name stands before
/// it.
fn has_symbol(binary: &[u8], at: usize, krate: &str) -> bool {
    binary[at..].starts_with(krate.as_bytes()) && binary[..at].ends_with(krate.len().to_string().as_bytes())
}

#[test]
fn a_function_links_only_the_clients_of_services_that_it_may_call() {
    for (function, grants) in grants() {
        let actions = grants.iter().filter_map(|grant| grant.right.action.split_once(':'));
        let services: BTreeSet<_> = actions.map(|(service, _)| service).collect();
        let binary = fs::read(binaries().join(&function)).unwrap();
        let linked: BTreeSet<_> = memmem::find_iter(&binary, "aws_sdk_")
            .filter_map(|at| CLIENTS.iter().find(|(_, krate)| has_symbol(&binary, at, krate)))
            .map(|(service, _)| *service)
            .collect();
        assert_eq!(linked, services, "{function}");
    }
}
