//! The description is valid OpenAPI 3.1, and its examples are valid by its schemas.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::{Value, json};
use usher_contract::Title;

use crate::files::{DESCRIPTION, read};

/// The official schema of OpenAPI 3.1 documents, <https://spec.openapis.org/oas/3.1/schema/2022-10-07>. It does not
/// look into Schema Objects.
const OPENAPI_SCHEMA: &str = include_str!("openapi-3.1.schema.json");

/// Calls `visit` for every value below `value`, with the path to it.
fn walk<'a>(value: &'a Value, path: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(path, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// A JSON document with schemas inside.
struct Document {
    compiler: Compiler,
    schemas: Schemas,
}

impl Document {
    const URL: &str = "file:///document.json";

    fn new(document: &Value) -> Self {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.add_resource(Self::URL, document.clone()).unwrap();
        Self { compiler, schemas: Schemas::new() }
    }

    /// Compiles the schema at a JSON pointer. Fails if it is not a valid schema.
    fn compile(&mut self, pointer: &str) -> SchemaIndex {
        // The path in a fragment is percent-encoded.
        let fragment = pointer.replace('%', "%25").replace('{', "%7B").replace('}', "%7D");
        let url = format!("{}#{fragment}", Self::URL);
        self.compiler.compile(&url, &mut self.schemas).unwrap_or_else(|error| panic!("{pointer}: {error:#}"))
    }

    /// Returns what is wrong with a value. Empty if the value is valid.
    fn error(&self, value: &Value, schema: SchemaIndex) -> String {
        self.schemas.validate(value, schema).err().map(|error| format!("{error:#}")).unwrap_or_default()
    }
}

#[test]
fn the_description_is_valid_by_the_official_schema() {
    let mut official = Document::new(&serde_json::from_str(OPENAPI_SCHEMA).unwrap());
    let schema = official.compile("");
    assert_eq!(official.error(&read(DESCRIPTION), schema), "");
    let mut wrong = read(DESCRIPTION);
    wrong["paths"]["/threads"]["get"]["responses"] = json!([]);
    assert_ne!(official.error(&wrong, schema), "");
}

/// The dialect of OpenAPI 3.1 is JSON Schema 2020-12.
#[test]
fn every_schema_of_the_description_is_valid() {
    let description = read(DESCRIPTION);
    let mut document = Document::new(&description);
    let mut checked = 0;
    walk(&description, "", &mut |path, _| {
        let is_component = path.rsplit_once('/').is_some_and(|(parent, _)| parent == "/components/schemas");
        if is_component || path.ends_with("/schema") {
            document.compile(path);
            checked += 1;
        }
    });
    assert!(checked > 100, "{checked}");
}

#[test]
fn every_reference_and_link_leads_somewhere() {
    let description = read(DESCRIPTION);
    let mut operations = Vec::new();
    let mut links = Vec::new();
    walk(&description, "", &mut |path, value| {
        if path.ends_with("/$ref") {
            let target = value.as_str().unwrap().strip_prefix('#').and_then(|target| description.pointer(target));
            assert!(target.is_some(), "{path}: {value}");
        }
        if path.ends_with("/operationId") {
            let list = if path.contains("/links/") { &mut links } else { &mut operations };
            list.push(value.as_str().unwrap());
        }
    });
    assert!(links.len() > 15, "{links:?}");
    for link in links {
        assert!(operations.contains(&link), "{link}");
    }
}

/// No route uses the messages of the WebSocket, and OpenAPI has no place for a WebSocket.
const LIVE_MESSAGES: [&str; 2] = ["Hello", "ServerMessage"];

#[test]
fn every_component_is_used() {
    let description = read(DESCRIPTION);
    let mut targets = Vec::new();
    walk(&description, "", &mut |path, value| {
        if path.ends_with("/$ref") {
            targets.push(value.as_str().unwrap().to_owned());
        }
    });
    for kind in ["schemas", "parameters", "headers"] {
        let names = description["components"][kind].as_object().unwrap().keys();
        for name in names.filter(|name| !LIVE_MESSAGES.contains(&name.as_str())) {
            let target = format!("#/components/{kind}/{name}");
            assert!(targets.contains(&target), "nothing refers to {target}");
        }
    }
}

#[test]
fn every_example_is_valid_by_its_schema() {
    let description = read(DESCRIPTION);
    let mut document = Document::new(&description);
    let mut checked = 0;
    walk(&description, "", &mut |path, content| {
        let Some(examples) = content["examples"].as_object().filter(|_| path.contains("/content/")) else { return };
        let schema = document.compile(&format!("{path}/schema"));
        for (name, example) in examples {
            assert_eq!(document.error(&example["value"], schema), "", "{path}: {name}");
            checked += 1;
        }
    });
    assert!(checked > 40, "{checked}");
}

/// The problems of which no example is recorded, because a part of the stack would have to fail for it.
const WITHOUT_EXAMPLE: [&str; 6] =
    ["clerk-unavailable", "conflict", "internal", "keys-unavailable", "secret-unavailable", "unavailable"];

#[test]
fn every_route_and_every_problem_has_an_example() {
    let description = read(DESCRIPTION);
    let mut codes = std::collections::BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let mut contents = vec![("body", &operation["requestBody"]["content"])];
            for (status, response) in operation["responses"].as_object().unwrap() {
                contents.push((status, &response["content"]));
                let problem = &response["content"]["application/problem+json"];
                let of_one = std::slice::from_ref(&problem["schema"]);
                for schema in problem["schema"]["oneOf"].as_array().map_or(of_one, Vec::as_slice) {
                    let Some(target) = schema["$ref"].as_str() else { continue };
                    let component = description.pointer(target.trim_start_matches('#')).unwrap();
                    let code = component["properties"]["type"]["const"].as_str().unwrap();
                    let code = code.rsplit(':').next().unwrap().to_owned();
                    let is_shown = problem["examples"][&code].is_object();
                    *codes.entry(code).or_insert(false) |= is_shown;
                }
            }
            for (place, content) in contents {
                let json = &content["application/json"];
                if (place == "body" || place.starts_with('2')) && json.is_object() {
                    assert!(json["examples"].is_object(), "{method} {path}: {place} has no example");
                }
            }
        }
    }
    let missing: Vec<_> = codes.iter().filter(|(_, is_shown)| !**is_shown).map(|(code, _)| code.as_str()).collect();
    assert_eq!(missing, WITHOUT_EXAMPLE);
}

/// The pattern lists the invisible characters, because no property of Unicode is known to all dialects.
#[test]
fn the_pattern_of_a_title_knows_every_invisible_character() {
    let description = read(DESCRIPTION);
    let pattern = description["components"]["schemas"]["Title"]["pattern"].as_str().unwrap();
    let pattern = regex::Regex::new(pattern).unwrap();
    for character in '\0'..='\u{ffff}' {
        let text = character.to_string();
        assert_eq!(pattern.is_match(&text), Title::try_from(text).is_ok(), "U+{:04x}", u32::from(character));
    }
}
