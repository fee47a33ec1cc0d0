//! The OpenAPI description of the API, with which every answer in the tests is compared.

use std::{fs, sync::LazyLock};

use serde_json::Value;

use crate::answer::Answer;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let path = local::find_template().with_file_name("infra/openapi.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
});

/// Asserts that the description has the status of an answer, its media type, its headers and the code of its problem.
/// Does nothing for a request to a route that does not exist.
pub(crate) fn assert_described(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path.split('?').next().unwrap_or_default()) else { return };
    let response = resolve(&operation["responses"][answer.status.as_str()]);
    assert!(response.is_object(), "infra/openapi.json does not have this status: {answer:?}");
    let Some(content) = response["content"].as_object() else {
        return assert_eq!(answer.body, "", "infra/openapi.json has no body for this status");
    };
    let media_type = answer.header("content-type").unwrap_or_default();
    let schema = content.get(media_type).map(|content| &content["schema"]);
    let schema = schema.unwrap_or_else(|| panic!("infra/openapi.json does not have this media type: {answer:?}"));
    let is_of_gateway = content.len() > 1 && media_type == "application/json";
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let is_missing = resolve(header)["required"] == true && answer.header(name).is_none();
        assert!(is_of_gateway || !is_missing, "infra/openapi.json requires {name}: {answer:?}");
    }
    if media_type == "application/problem+json" {
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        let one = std::slice::from_ref(schema);
        let mut codes = schema["oneOf"].as_array().map_or(one, Vec::as_slice).iter().map(resolve);
        let is_known = codes.any(|code| code["properties"]["type"]["const"] == problem["type"]);
        assert!(is_known, "infra/openapi.json does not have this code: {answer:?}");
    }
}

/// Finds the operation of a request. A path without parameters comes before one with them.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DESCRIPTION["paths"].as_object()?;
    let matches = paths.iter().filter(|(pattern, _)| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern.zip(path).all(|(part, given)| part == given || part.starts_with('{') && !given.is_empty())
    });
    let (_, methods) = matches.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
    methods.get(method.to_ascii_lowercase())
}

fn resolve(value: &'static Value) -> &'static Value {
    let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| DESCRIPTION.pointer(pointer)).unwrap_or(value)
}
