//! The routes, compared with Clerk's description of its Frontend API: methods and paths, not what is sent and answered.

use std::collections::BTreeSet;

use crate::frontend::list_routes;

/// The routes that Clerk publishes, one a line.
const PUBLISHED: &str = include_str!("published_routes.txt");

/// Returns a route without the names of its parameters.
fn shape(method: &str, path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

#[test]
fn every_route_is_one_of_clerks() {
    let lines = PUBLISHED.lines().filter(|line| !line.starts_with('#'));
    let published: BTreeSet<String> =
        lines.map(|line| line.split_once(' ').unwrap()).map(|(method, path)| shape(method, path)).collect();
    let own: BTreeSet<String> = list_routes().iter().map(|(method, path)| shape(method.as_str(), path)).collect();
    assert_eq!(own.len(), list_routes().len());
    assert_eq!(own.difference(&published).collect::<Vec<_>>(), Vec::<&String>::new());
}
