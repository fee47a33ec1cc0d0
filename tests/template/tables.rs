//! The tables of the documents list exactly the problems, routes and settings of the sources and the template.

use std::{collections::BTreeSet, fs, path::Path};

use local::template::Template;
use regex::Regex;
use saphyr::{LoadableYamlNode as _, Yaml};
use usher_contract::ProblemCode;

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

#[test]
fn every_code_of_the_contract_is_returned_somewhere() {
    let template = local::find_template();
    let root = template.parent().unwrap();
    let sources = read_sources(&root.join("shared/runtime")) + &read_sources(&root.join("functions"));
    for code in ProblemCode::ALL {
        assert!(sources.contains(&format!("ProblemCode::{code:?}")), "nothing returns {}", code.as_str());
    }
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
fn the_table_of_errors_lists_exactly_the_codes_of_the_contract() {
    let returned: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| (code.status(), code.as_str().to_owned())).collect();
    let documented = documented_codes();
    assert_eq!(returned.difference(&documented).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in functions/README.md");
    assert_eq!(documented.difference(&returned).collect::<Vec<_>>(), Vec::<&Code>::new(), "not in the contract");
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
fn the_table_of_configuration_lists_variables_and_parameters() {
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

/// Returns the default limit of requests per second on each route of the HTTP API.
fn default_rates(template: &Template) -> Vec<i64> {
    let text = fs::read_to_string(local::find_template()).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let api = &documents[0]["Resources"]["Api"]["Properties"];
    let rate = |settings: &Yaml<'_>| match &settings["ThrottlingRateLimit"] {
        Yaml::Tagged(_, parameter) => {
            documents[0]["Parameters"][parameter.as_str().unwrap()]["Default"].as_integer().unwrap()
        }
        rate => rate.as_integer().unwrap(),
    };
    let own = api["RouteSettings"].as_mapping().unwrap();
    let own: Vec<_> = own.iter().map(|(route, settings)| (route.as_str().unwrap(), rate(settings))).collect();
    let routes = template.functions.iter().flat_map(|function| &function.routes);
    let routes = routes.filter(|route| !route.path.starts_with("/stream/"));
    let routes = routes.map(|route| format!("{} {}", route.method, route.path));
    let rate_of = |route: String| own.iter().find(|(name, _)| *name == route).map(|(_, rate)| *rate);
    routes.map(|route| rate_of(route).unwrap_or_else(|| rate(&api["DefaultRouteSettings"]))).collect()
}

#[test]
fn the_document_for_operators_counts_routes_and_functions() {
    let template = Template::load(&local::find_template()).unwrap();
    let rates = default_rates(&template);
    let text = fs::read_to_string(local::find_template().with_file_name("infra/README.md")).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(',', "");
    for fact in [
        format!("The default limits of the {} routes of the HTTP API", rates.len()),
        format!("add up to {} requests per second", rates.iter().sum::<i64>()),
        format!("with {} functions a few outcomes", template.functions.len()),
    ] {
        assert!(text.contains(&fact), "infra/README.md does not say: {fact}");
    }
}
