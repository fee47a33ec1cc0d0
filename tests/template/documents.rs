//! The Markdown files: their links lead somewhere, and their commands work.

mod commands;
mod links;
pub(crate) mod markdown;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

use crate::documents::markdown::documents;

#[test]
fn every_block_of_json_or_yaml_can_be_parsed() {
    let mut parsed = 0;
    for document in documents() {
        for block in &document.blocks {
            let error = match block.info.as_str() {
                "json" => serde_json::from_str::<Value>(&block.text).err().map(|error| error.to_string()),
                "yaml" => Yaml::load_from_str(&block.text).err().map(|error| error.to_string()),
                _ => continue,
            };
            assert_eq!(error, None, "{}:{}", document.name(), block.line);
            parsed += 1;
        }
    }
    assert!(parsed > 3, "{parsed}");
}

/// The README is the first file that readers open.
#[test]
fn the_readme_has_at_most_250_lines() {
    let documents = documents();
    let readme = documents.iter().find(|document| document.name() == "README.md").unwrap();
    assert!(readme.text.lines().count() <= 250, "{}", readme.text.lines().count());
}
