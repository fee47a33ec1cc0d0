mod answers;
mod requests;

use serde_json::json;

use super::*;

/// A description with one route.
fn description() -> Value {
    json!({
        "info": {"version": "0.1.0"},
        "paths": {"/threads/{id}": {"post": {
            "operationId": "create-thread",
            "security": [{}, {"bearer": []}],
            "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}}],
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object",
                "properties": {
                    "title": {"type": ["string", "null"], "maxLength": 200},
                    "role": {"enum": ["user", "assistant"]},
                    "any": {},
                    "list": {"type": "array"},
                    "event": {"type": "object", "properties": {"id": {}}, "anyOf": [
                        {"required": ["id"], "properties": {"kind": {"enum": ["user"]}}},
                        {"properties": {"kind": {"not": {"enum": ["user"]}}}},
                    ]},
                },
                "required": ["title"],
                "additionalProperties": true,
            }}}},
            "responses": {
                "200": {
                    "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thread"}}},
                },
                "404": {"content": {"application/problem+json": {"schema": {"oneOf": [
                    problem("not-found"), problem("user-not-synced"),
                ]}}}},
            },
        }}},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}, "schemas": {
            "Thread": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "role": {"enum": ["user", "assistant"]},
                    "note": {"type": "string"},
                    "user": {"type": "string", "pattern": "^user_"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "claims": {"type": "object", "additionalProperties": {"type": "string"}},
                    "parent": {"anyOf": [{"$ref": "#/components/schemas/Thread"}, {"type": "null"}]},
                },
                "required": ["id", "role"],
            },
        }},
    })
}

fn problem(code: &str) -> Value {
    json!({"type": "object", "properties": {"type": {"const": code}, "detail": {"type": "string"}}, "required": ["type"]})
}

const OPERATION: &str = "/paths/~1threads~1{id}/post";
const BODY: &str = "/paths/~1threads~1{id}/post/requestBody/content/application~1json/schema";
const PROBLEMS: &str = "/paths/~1threads~1{id}/post/responses/404/content/application~1problem+json/schema/oneOf";
const THREAD: &str = "/components/schemas/Thread";

/// Returns the breaks after the value at `pointer` was replaced.
fn breaks_after(pointer: &str, value: Value) -> Vec<String> {
    let mut changed = description();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match changed.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    assert_ne!(changed, description(), "{pointer}");
    find_breaks(&description(), &changed).iter().map(ToString::to_string).collect()
}

fn breaks_without(parent: &str, name: &str) -> Vec<String> {
    let mut changed = description();
    match changed.pointer_mut(parent).unwrap() {
        Value::Array(list) => drop(list.remove(name.parse().unwrap())),
        parent => drop(parent.as_object_mut().unwrap().remove(name).unwrap()),
    }
    find_breaks(&description(), &changed).iter().map(ToString::to_string).collect()
}

#[test]
fn a_description_does_not_break_its_own_clients() {
    assert_eq!(find_breaks(&description(), &description()), []);
    assert_eq!(check(&description(), &description()), Ok(()));
}

#[test]
fn a_route_that_goes_or_is_renamed_breaks() {
    assert_eq!(breaks_after("/paths", json!({})), ["create-thread: the route is gone"]);
    let renamed = breaks_after(&format!("{OPERATION}/operationId"), json!("make-thread"));
    assert_eq!(renamed, ["create-thread: the operationId has changed"]);
    let closed = breaks_after(&format!("{OPERATION}/security"), json!([{"bearer": []}]));
    assert_eq!(closed, ["create-thread: a token is now required"]);
    let other = breaks_after(&format!("{OPERATION}/security"), json!([{}, {"cookie": []}]));
    assert_eq!(other, Vec::<String>::new(), "nobody needs the token");
    let (mut old, mut new) = (description(), description());
    old.pointer_mut(OPERATION).unwrap()["security"] = json!([{"bearer": []}]);
    new.pointer_mut(OPERATION).unwrap()["security"] = json!([{"cookie": []}]);
    assert_eq!(find_breaks(&old, &new)[0].change, "another token is now required");
    let cookie = json!({"type": "apiKey", "scheme": "bearer"});
    let sent = breaks_after("/components/securitySchemes/bearer", cookie);
    assert_eq!(sent, ["bearer: the type of the token was \"http\""]);
}

#[test]
fn a_status_media_type_or_header_that_goes_breaks() {
    let responses = format!("{OPERATION}/responses");
    assert_eq!(breaks_without(&responses, "404"), ["create-thread: 404: the status is gone"]);
    assert_eq!(
        breaks_without(&format!("{responses}/200/headers"), "ETag"),
        ["create-thread: 200: ETag: the header is gone"]
    );
    let optional = breaks_without(&format!("{responses}/200/headers/ETag"), "required");
    assert_eq!(optional, ["create-thread: 200: ETag: the header may now be missing"]);
    let other = breaks_after(&format!("{responses}/404/content"), json!({"application/json": {"schema": {}}}));
    assert_eq!(other, ["create-thread: 404: application/problem+json: the media type is gone"]);
}

#[test]
fn a_problem_code_that_goes_breaks_and_a_new_one_does_not() {
    let place = "create-thread: 404: application/problem+json";
    assert_eq!(breaks_without(PROBLEMS, "0"), [format!("{place}: the object with type \"not-found\" is gone")]);
    let three = json!([problem("not-found"), problem("user-not-synced"), problem("gone")]);
    assert_eq!(breaks_after(PROBLEMS, three), Vec::<String>::new());
}

#[test]
fn breaks_need_a_higher_major_version_or_minor_version_of_0() {
    let versions = |published: &str, current: &str| {
        let (mut old, mut new) = (description(), description());
        old["info"]["version"] = published.into();
        new["info"]["version"] = current.into();
        new["paths"] = json!({});
        check(&old, &new)
    };
    for (published, current) in [("0.1.0", "0.2.0"), ("0.1.0", "1.0.0"), ("1.2.3", "2.0.0")] {
        assert_eq!(versions(published, current), Ok(()), "{published} {current}");
    }
    for (published, current) in [("0.1.0", "0.1.0"), ("0.1.0", "0.1.1"), ("1.2.3", "1.3.0")] {
        let error = versions(published, current).unwrap_err();
        assert!(error.to_string().ends_with("create-thread: the route is gone"), "{error}");
    }
    assert!(matches!(versions("0.2.0", "0.1.9"), Err(IncompatibleError::Lower { .. })));
    assert!(matches!(versions("0.1.0", "1"), Err(IncompatibleError::Version(_))));
}
