//! The documents and the workflow name what the workspace has.

use std::{collections::BTreeSet, fs, path::Path};

use regex::Regex;
use serde_json::Value;

use crate::{cargo::metadata, documents::markdown::root};

/// The lines of the trees that stand for all functions, and in the README for all tests.
const FUNCTIONS: &str = "functions/<name>/";
const TESTS: &str = "tests/";

fn packages() -> Vec<Value> {
    let packages = metadata()["packages"].as_array().unwrap().clone();
    assert!(packages.len() > 20, "{}", packages.len());
    packages
}

/// The folders of the members, such as `shared/store/`. Those of the functions are one.
fn member_folders() -> BTreeSet<String> {
    let folder = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap().to_str().unwrap();
        if folder.starts_with("functions/") { FUNCTIONS.to_owned() } else { format!("{folder}/") }
    };
    packages().iter().map(folder).collect()
}

/// The folders of the tree in a document.
fn tree(document: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let start = text.find(&format!("\n{FUNCTIONS} ")).unwrap_or_else(|| panic!("{document} has no tree"));
    let lines = text[start..].trim_start().lines().take_while(|line| !line.starts_with("```"));
    let paths = lines.filter_map(|line| line.split_whitespace().next());
    paths.filter(|path| path.ends_with('/')).map(str::to_owned).collect()
}

#[test]
fn every_crate_is_in_the_trees_of_the_documents() {
    for (document, one_line_for_tests) in [("README.md", true), (".github/CONTRIBUTING.md", false)] {
        let listed = tree(document);
        let as_listed = |folder: String| {
            if one_line_for_tests && folder.starts_with(TESTS) { TESTS.to_owned() } else { folder }
        };
        let members: BTreeSet<_> = member_folders().into_iter().map(as_listed).collect();
        assert_eq!(members.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "not in {document}");
        let gone: Vec<_> = listed.iter().filter(|path| *path != FUNCTIONS && !root().join(path).is_dir()).collect();
        assert_eq!(gone, Vec::<&String>::new(), "{document} lists folders that do not exist");
    }
}

#[test]
fn the_contributing_guide_names_every_test_target() {
    let is_test = |target: &&Value| target["kind"].as_array().unwrap().iter().any(|kind| kind == "test");
    let name = |target: &Value| target["name"].as_str().unwrap().to_owned();
    let packages = packages();
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().unwrap());
    let targets: BTreeSet<_> = targets.filter(is_test).map(name).collect();
    let text = fs::read_to_string(root().join(".github/CONTRIBUTING.md")).unwrap();
    let sentence = Regex::new(r"The test targets are ([^.;]*)[.;]").unwrap();
    let sentence = sentence.captures(&text).expect("a list of the test targets")[1].to_owned();
    let named: BTreeSet<_> =
        Regex::new("`([a-z]+)`").unwrap().captures_iter(&sentence).map(|found| found[1].to_owned()).collect();
    assert_eq!(named, targets);
}

#[test]
fn the_workflow_uses_the_oldest_supported_rust() {
    let workflow = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    let pinned = Regex::new(r#"(?m)^ *RUSTUP_TOOLCHAIN: "([0-9.]+)"$"#).unwrap();
    let pinned = pinned.captures(&workflow).expect("a pinned toolchain")[1].to_owned();
    for package in packages() {
        assert_eq!(package["rust_version"], pinned, "{}", package["name"]);
    }
}
