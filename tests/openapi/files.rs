//! The committed files of the description.

use std::{collections::BTreeMap, fs, path::PathBuf};

use local::template::Template;
use serde_json::Value;

/// The variable that makes the tests write the files anew, if it is set.
const UPDATE: &str = "UPDATE_OPENAPI";

pub(crate) const DESCRIPTION: &str = "infra/openapi.json";
pub(crate) const EXAMPLES: &str = "infra/openapi/examples.json";
pub(crate) const PUBLISHED: &str = "infra/openapi/published.json";

/// Returns the path of a file of the project.
pub(crate) fn path(name: &str) -> PathBuf {
    local::find_template().with_file_name(name)
}

pub(crate) fn read(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path(name)).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Makes the description of the template with these examples.
pub(crate) fn describe(examples: &Value) -> Value {
    let template = Template::load(&path("template.yaml")).unwrap();
    let summaries: BTreeMap<_, _> =
        usher_openapi::read_summaries(&path(""), &template.functions).unwrap_or_else(|error| panic!("{error}"));
    usher_openapi::describe(&template.functions, &summaries, examples).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that a file has this text, or writes the text if `UPDATE_OPENAPI` is set.
pub(crate) fn assert_file(name: &str, text: &str) {
    let committed = fs::read_to_string(path(name)).unwrap_or_default();
    if committed == text {
        return;
    }
    if std::env::var_os(UPDATE).is_some() {
        fs::write(path(name), text).unwrap();
        return;
    }
    let (line, (was, is)) = (1..)
        .zip(committed.lines().chain(std::iter::repeat("")).zip(text.lines().chain(std::iter::repeat(""))))
        .find(|(_, (was, is))| was != is)
        .unwrap();
    panic!(
        "{name}:{line} is\n{was}\nand must be\n{is}\nWrite it anew with UPDATE_OPENAPI=1 cargo test --workspace --test openapi"
    );
}
