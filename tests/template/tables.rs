//! The tables of the documents list exactly the problems, routes and settings of the sources and the template.

use std::{collections::BTreeSet, fs, path::Path};

use http::StatusCode;
use local::template::Template;
use regex::{Captures, Regex};
use saphyr::{LoadableYamlNode as _, Yaml};

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

/// The rows of the table with this head.
fn rows(document: &str, head: &str) -> Vec<String> {
    let text = fs::read_to_string(local::find_template().with_file_name(document)).unwrap();
    let (_, table) =
        text.split_once(&format!("\n{head}\n")).unwrap_or_else(|| panic!("{document} has no table {head}"));
    table.lines().skip(1).take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

/// The codes in the table of errors.
fn documented_codes() -> BTreeSet<Code> {
    let code = Regex::new("`([a-z]+(?:-[a-z]+)*)`").unwrap();
    let rows = rows("functions/README.md", "| status | code |");
    rows.iter()
        .flat_map(|row| {
            let status = row[2..5].parse().unwrap_or_else(|_| panic!("{row}"));
            code.captures_iter(row).map(|found| (status, found[1].to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_table_of_errors_lists_exactly_the_codes_of_the_sources() {
    let (returned, documented) = (codes_in_sources(), documented_codes());
    assert!(returned.len() > 20, "{returned:?}");
    assert_eq!(returned.difference(&documented).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in functions/README.md");
    assert_eq!(documented.difference(&returned).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in the sources");
}

#[test]
fn the_table_of_routes_lists_exactly_the_routes_of_the_template() {
    let template = Template::load(&local::find_template()).unwrap();
    let routes = template.functions.iter().flat_map(|function| &function.routes);
    let routes: BTreeSet<_> = routes.map(|route| format!("{} {}", route.method, route.path)).collect();
    let first = Regex::new("^\\| `([A-Z]+ [^`]+)`").unwrap();
    let rows = rows("functions/README.md", "| route | response |");
    let documented: BTreeSet<_> = rows.iter().map(|row| first.captures(row).expect(row)[1].to_owned()).collect();
    assert_eq!(documented, routes);
}

/// Variables that no operator sets.
const INTERNAL: [&str; 2] = ["PARAMETERS_VERSION", "TABLE_NAME"];

#[test]
fn the_table_of_configuration_lists_every_variable_and_parameter() {
    let text = fs::read_to_string(local::find_template()).unwrap();
    let template = Template::load(&local::find_template()).unwrap();
    let variables = template.functions.iter().flat_map(|function| function.environment.keys().map(String::as_str));
    let documents = Yaml::load_from_str(&text).unwrap();
    let parameters = documents[0]["Parameters"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap());
    let required: BTreeSet<_> = variables.chain(parameters).filter(|name| !INTERNAL.contains(name)).collect();
    let name = Regex::new("`([A-Z][A-Za-z_]+)`").unwrap();
    let rows = rows("infra/README.md", "| variable | parameter | meaning |");
    let names = |cells: usize| -> BTreeSet<String> {
        let cells = rows.iter().flat_map(|row| row.split(" | ").take(cells));
        cells.flat_map(|cell| name.captures_iter(cell).map(|found| found[1].to_owned())).collect()
    };
    // A variable for local tools is described beside the parameter that replaces it on AWS.
    let missing: Vec<_> = required.iter().filter(|name| !names(3).contains(**name)).collect();
    assert_eq!(missing, Vec::<&&str>::new(), "not in infra/README.md");
    // Lambda sets these.
    let others = ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"].map(str::to_owned);
    let unknown: BTreeSet<_> = names(2).into_iter().filter(|name| !required.contains(name.as_str())).collect();
    assert_eq!(unknown, BTreeSet::from(others));
}
