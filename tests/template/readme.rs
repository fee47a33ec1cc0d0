//! The README's table of errors lists each problem that a function can return.

use std::{collections::BTreeSet, fs, path::Path};

use http::StatusCode;
use regex::{Captures, Regex};

/// The status of a problem and the last part of its `type`.
type Code = (u16, String);

/// Reads every Rust file below `folder`, without its unit tests.
fn read_sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            text += &read_sources(&entry);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&entry).unwrap();
            text += source.split("#[cfg(test)]").next().unwrap_or_default();
        }
    }
    text
}

fn status_of(constructor: &str) -> StatusCode {
    match constructor {
        "bad_request" => StatusCode::BAD_REQUEST,
        "forbidden" => StatusCode::FORBIDDEN,
        "unprocessable" => StatusCode::UNPROCESSABLE_ENTITY,
        "unavailable" | "not_configured" => StatusCode::SERVICE_UNAVAILABLE,
        "UNAUTHORIZED" => StatusCode::UNAUTHORIZED,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "CONFLICT" => StatusCode::CONFLICT,
        "PRECONDITION_FAILED" => StatusCode::PRECONDITION_FAILED,
        "PAYLOAD_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
        "UNSUPPORTED_MEDIA_TYPE" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "INTERNAL_SERVER_ERROR" => StatusCode::INTERNAL_SERVER_ERROR,
        other => panic!("this test does not know the status of {other}"),
    }
}

/// The codes of all problems in the sources. A code must be a literal or a constant to be found.
fn codes_in_sources() -> BTreeSet<Code> {
    let template = local::find_template();
    let root = template.parent().unwrap();
    let sources = read_sources(&root.join("shared")) + &read_sources(&root.join("functions"));
    let call = r"(?:Problem|Self)::(?:(bad_request|forbidden|unprocessable|unavailable|not_configured)\(|new\(\s*StatusCode::([A-Z_]+),)\s*";
    let calls = Regex::new(call).unwrap();
    let codes = Regex::new(&format!(r#"{call}(?:"([a-z-]+)"|([A-Z_]+)|code\b)"#)).unwrap();
    assert_eq!(
        codes.find_iter(&sources).count(),
        calls.find_iter(&sources).count(),
        "a code is neither a literal nor a constant"
    );
    let constant = |name: &str| {
        let declared = Regex::new(&format!(r#"const {name}: &str = "([a-z-]+)""#)).unwrap();
        declared.captures(&sources).unwrap_or_else(|| panic!("{name} is not a constant"))[1].to_owned()
    };
    let code = |found: Captures<'_>| {
        let literal = found.get(3).map(|literal| literal.as_str().to_owned());
        // A match without a code is a constructor that passes on its own argument.
        let code = literal.or_else(|| found.get(4).map(|name| constant(name.as_str())))?;
        let status = status_of(found.get(1).or(found.get(2))?.as_str());
        Some((status.as_u16(), code))
    };
    codes.captures_iter(&sources).filter_map(code).collect()
}

/// The codes in the README's table `status | code`.
fn codes_in_readme() -> BTreeSet<Code> {
    let readme = fs::read_to_string(local::find_template().with_file_name("README.md")).unwrap();
    let (_, table) = readme.split_once("\n| status | code |\n| --- | --- |\n").expect("the table of errors");
    let code = Regex::new("`([a-z]+(?:-[a-z]+)*)`").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    rows.flat_map(|row| {
        let status = row[2..5].parse().unwrap_or_else(|_| panic!("{row}"));
        code.captures_iter(row).map(|found| (status, found[1].to_owned())).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn the_readme_lists_exactly_the_codes_of_the_sources() {
    let (returned, documented) = (codes_in_sources(), codes_in_readme());
    assert!(returned.len() > 20, "{returned:?}");
    assert_eq!(returned.difference(&documented).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in the README");
    assert_eq!(documented.difference(&returned).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in the sources");
}
