//! The Rust client: a method for each route, and examples that tests run.

use std::{collections::BTreeSet, fs};

use local::template::Template;
use regex::Regex;

use crate::documents::markdown::{documents, root};

/// The files with the methods for routes.
const METHODS: [&str; 7] = ["users", "export", "threads", "messages", "replies", "search", "settings"];

/// The documents with examples of the client.
const DOCUMENTS: [&str; 2] = ["README.md", "shared/client/README.md"];

/// The names of the functions with a route, as Rust writes them. No client calls the webhook.
fn routes() -> BTreeSet<String> {
    let functions = Template::load(&local::find_template()).unwrap().functions;
    let with_route = functions.into_iter().filter(|function| !function.routes.is_empty());
    let names: BTreeSet<_> = with_route.map(|function| function.name.replace('-', "_")).collect();
    names.into_iter().filter(|name| name != "clerk_webhook").collect()
}

#[test]
fn the_client_has_one_method_for_each_route() {
    let method = Regex::new(r"\n    pub async fn (\w+)").unwrap();
    let sources = METHODS.map(|file| fs::read_to_string(root().join(format!("shared/client/src/{file}.rs"))).unwrap());
    let methods = sources.iter().flat_map(|source| method.captures_iter(source)).map(|found| found[1].to_owned());
    assert_eq!(methods.collect::<BTreeSet<_>>(), routes(), "methods on the left, functions with a route on the right");
}

#[test]
fn every_method_of_the_client_is_called_by_a_test() {
    let tests = fs::read_to_string(root().join("tests/api/client/methods.rs")).unwrap();
    let missing: Vec<_> = routes().into_iter().filter(|name| !tests.contains(&format!(".{name}("))).collect();
    assert_eq!(missing, Vec::<String>::new(), "add a call to tests/api/client/methods.rs");
}

/// The lines of a text without their indentation.
fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A block with `todo!` only shows how something is written. The documentation tests compile it.
#[test]
fn every_rust_example_is_run_by_a_test() {
    let source = lines(&fs::read_to_string(root().join("tests/api/client/example.rs")).unwrap());
    let mut found = 0;
    for document in documents().iter().filter(|document| DOCUMENTS.contains(&document.name().as_str())) {
        for block in document.blocks.iter().filter(|block| block.info == "rust" && !block.text.contains("todo!")) {
            let code = block.text.lines().filter(|line| !line.starts_with("use "));
            let code = lines(&code.collect::<Vec<_>>().join("\n"));
            assert!(source.contains(&code), "{}:{}: example.rs has other lines", document.name(), block.line);
            found += 1;
        }
    }
    assert_eq!(found, DOCUMENTS.len());
}
