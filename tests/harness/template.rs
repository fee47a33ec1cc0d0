//! Variants of the project's template.

use std::fs;

use regex::Regex;
use tempfile::NamedTempFile;

/// Writes the template without the table's stream and its readers. For tests with many writes, because the embedded
/// DynamoDB scans the whole stream at each write, and for tests that invoke a reader themselves.
pub fn template_without_stream() -> NamedTempFile {
    let template = fs::read_to_string(local::find_template()).unwrap();
    let table = Regex::new("(?m)^      StreamSpecification:\n        .*\n").unwrap();
    let reader = Regex::new("(?m)^        Stream:\n          Type: DynamoDB\n(?:          .*\n)*").unwrap();
    let without = reader
        .replace_all(&table.replace(&template, ""), "")
        .replace("      Events:\n      Policies:", "      Policies:");
    assert!(!without.contains("DynamoDB\n          Properties:") && without.len() < template.len());
    let file = NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(file.path(), without).unwrap();
    file
}
