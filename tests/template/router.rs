//! The routes of `cargo lambda watch` in `Cargo.toml` match those of the template.

use std::collections::BTreeSet;

use local::template::Template;

use crate::cargo::metadata;

/// Reads the routes of `[workspace.metadata.lambda.watch.router]` as (method, path, function).
fn watched_routes() -> BTreeSet<(String, String, String)> {
    let metadata = metadata();
    let router = metadata["metadata"]["lambda"]["watch"]["router"].as_object().expect("a table of routes");
    let mut routes = BTreeSet::new();
    for (path, functions) in router {
        for route in functions.as_array().expect("a list of methods and functions") {
            let text = |key: &str| route[key].as_str().unwrap_or_else(|| panic!("{path}: {key}")).to_owned();
            assert!(
                routes.insert((text("method"), path.clone(), text("function"))),
                "{path} {route} is declared twice"
            );
        }
    }
    routes
}

#[test]
fn cargo_lambda_watch_has_the_routes_of_the_template() {
    let template = Template::load(&local::find_template()).unwrap();
    let mut declared = BTreeSet::new();
    for function in &template.functions {
        for route in &function.routes {
            declared.insert((route.method.clone(), route.path.clone(), function.name.clone()));
        }
    }
    let watched = watched_routes();
    assert_eq!(declared.difference(&watched).collect::<Vec<_>>(), Vec::<&_>::new(), "missing in Cargo.toml");
    assert_eq!(watched.difference(&declared).collect::<Vec<_>>(), Vec::<&_>::new(), "not in template.yaml");
}
