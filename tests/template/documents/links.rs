//! Links between the files of the project. Links to other sites are not followed, because tests need no network.

use regex::Regex;

use crate::documents::markdown::{Document, documents, root};

/// The targets of a document's links, each with the number of its line.
fn targets(document: &Document) -> Vec<(usize, String)> {
    let code = Regex::new("`[^`]*`").unwrap();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let of_line = |(number, line): &(usize, String)| {
        let line = code.replace_all(line, "");
        link.captures_iter(&line).map(|found| (*number, found[1].to_owned())).collect::<Vec<_>>()
    };
    document.prose.iter().flat_map(of_line).collect()
}

/// Says what is wrong with a link. `None` if it leads somewhere.
fn problem(documents: &[Document], from: &Document, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { from.path.clone() } else { from.path.parent().unwrap().join(file) };
    let Ok(path) = path.canonicalize() else { return Some("there is no such file".to_owned()) };
    if !path.starts_with(root().canonicalize().unwrap()) {
        return Some("leads out of the project".to_owned());
    }
    let anchor = anchor?;
    let Some(document) = documents.iter().find(|document| document.path.canonicalize().unwrap() == path) else {
        return Some("has an anchor, but is not a Markdown file".to_owned());
    };
    let anchors = document.anchors();
    (!anchors.iter().any(|found| found == anchor)).then(|| format!("there is no such heading; there are {anchors:?}"))
}

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let documents = documents();
    let mut problems = Vec::new();
    let mut followed = 0;
    for document in &documents {
        for (line, target) in targets(document) {
            if target.starts_with("https://") {
                continue;
            }
            followed += 1;
            if let Some(problem) = problem(&documents, document, &target) {
                problems.push(format!("{}:{line}: {target}: {problem}", document.name()));
            }
        }
    }
    assert!(followed > 30, "{followed}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Paths in prose are written as code, from the root of the project.
#[test]
fn every_path_in_the_documents_exists() {
    let path = Regex::new(r"^(functions|shared|infra|tests|\.github|\.ci|\.cargo)/[A-Za-z0-9_./-]*$").unwrap();
    let mut problems = Vec::new();
    let mut found = 0;
    for document in documents() {
        for (line, code) in document.inline_code() {
            if path.is_match(&code) {
                found += 1;
                if !root().join(&code).exists() {
                    problems.push(format!("{}:{line}: {code}", document.name()));
                }
            }
        }
    }
    assert!(found > 30, "{found}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_broken_link_or_anchor_is_found() {
    let documents = documents();
    let readme = documents.iter().find(|document| document.name() == "README.md").unwrap();
    assert_eq!(problem(&documents, readme, "LICENSE"), None);
    assert_eq!(problem(&documents, readme, ".github/CONTRIBUTING.md#house-style"), None);
    for broken in
        ["LICENCE", "#no-such-heading", ".github/CONTRIBUTING.md#house-styles", "LICENSE#terms", "../README.md"]
    {
        assert!(problem(&documents, readme, broken).is_some(), "{broken}");
    }
}
