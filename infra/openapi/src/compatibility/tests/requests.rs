use serde_json::json;

use super::{super::find_breaks, BODY, OPERATION, breaks_after, breaks_without, description};

#[test]
fn a_request_that_is_refused_now_breaks() {
    for (name, value, expected) in [
        (
            "required",
            json!(["title", "role"]),
            "create-thread: body: application/json: role: the field is now required",
        ),
        ("additionalProperties", json!(false), "create-thread: body: application/json: other fields are refused now"),
    ] {
        assert_eq!(breaks_after(&format!("{BODY}/{name}"), value), [expected]);
    }
    for (name, value, expected) in [
        ("title", json!({"type": ["string", "null"], "maxLength": 100}), "title: maxLength is 100 now"),
        ("title", json!({"type": ["string", "null"], "maxLength": 200, "minLength": 1}), "title: minLength is 1 now"),
        ("title", json!({"type": ["string", "null"], "maxLength": 200, "pattern": "a"}), "title: pattern is \"a\" now"),
        ("title", json!({"type": "string", "maxLength": 200}), "title: the type null is gone"),
        ("role", json!({"enum": ["user"]}), "role: \"assistant\" is gone"),
        ("any", json!({"type": "string"}), "any: any value is gone"),
        ("list", json!({"type": "array", "items": {"type": "string"}}), "list: items: any value is gone"),
        ("list", json!({"type": "array", "uniqueItems": true}), "list: uniqueItems is true now"),
    ] {
        let breaks = breaks_after(&format!("{BODY}/properties/{name}"), value);
        assert!(!breaks.is_empty() && breaks.iter().all(|found| found.ends_with(expected)), "{breaks:?}");
    }
    let gone = breaks_without(&format!("{BODY}/properties"), "role");
    assert_eq!(gone, ["create-thread: body: application/json: role: the field is gone"]);
}

#[test]
fn a_new_required_field_breaks_and_an_optional_one_does_not() {
    let mut changed = description();
    let body = changed.pointer_mut(BODY).unwrap();
    body["properties"]["colour"] = json!({"type": "string"});
    assert_eq!(find_breaks(&description(), &changed), []);
    let body = changed.pointer_mut(BODY).unwrap();
    body["required"] = json!(["title", "colour"]);
    let breaks = find_breaks(&description(), &changed);
    assert_eq!(breaks[0].change, "the field is new and required");
    // A schema may require a field whose value may be anything.
    let unnamed = breaks_after(&format!("{BODY}/required"), json!(["title", "colour"]));
    assert_eq!(unnamed, ["create-thread: body: application/json: colour: the field is new and required"]);
}

#[test]
fn other_fields_of_a_request_that_get_a_type_break() {
    let typed = breaks_after(&format!("{BODY}/additionalProperties"), json!({"type": "string"}));
    assert_eq!(typed, ["create-thread: body: application/json: additionalProperties: any value is gone"]);
    let mut closed = description();
    closed.pointer_mut(BODY).unwrap()["additionalProperties"] = json!(false);
    let mut open = description();
    open.pointer_mut(BODY).unwrap()["additionalProperties"] = json!({"type": "string"});
    assert_eq!(find_breaks(&closed, &open), []);
}

#[test]
fn a_wider_request_does_not_break() {
    for (name, value) in [
        ("title", json!({"type": ["string", "null"], "maxLength": 300})),
        ("title", json!({"type": ["string", "null", "integer"]})),
        ("title", json!({})),
        ("role", json!({"type": "string"})),
    ] {
        assert_eq!(breaks_after(&format!("{BODY}/properties/{name}"), value), Vec::<String>::new());
    }
}

#[test]
fn a_parameter_that_goes_or_becomes_required_breaks() {
    let parameters = format!("{OPERATION}/parameters");
    assert_eq!(breaks_after(&parameters, json!([])), ["create-thread: query limit: the parameter is gone"]);
    let mut changed = description();
    changed.pointer_mut(&format!("{parameters}/0")).unwrap()["required"] = json!(true);
    assert_eq!(find_breaks(&description(), &changed)[0].change, "is now required");
    let schema = format!("{parameters}/0/schema");
    let limit = breaks_after(&format!("{schema}/maximum"), json!(50));
    assert_eq!(limit, ["create-thread: query limit: maximum is 50 now"]);
    let default = breaks_after(&format!("{schema}/default"), json!(20));
    assert_eq!(default, ["create-thread: query limit: the default was 50"]);
    let mut changed = description();
    let list = changed.pointer_mut(&parameters).unwrap().as_array_mut().unwrap();
    list.push(json!({"in": "header", "name": "If-Match", "required": true}));
    assert_eq!(find_breaks(&description(), &changed)[0].change, "the parameter is new and required");
}

#[test]
fn a_body_that_becomes_required_breaks() {
    let body = format!("{OPERATION}/requestBody");
    let mut changed = description();
    changed.pointer_mut(&body).unwrap()["required"] = json!(true);
    assert_eq!(find_breaks(&description(), &changed)[0].change, "is now required");
    let gone = breaks_after(&format!("{body}/content"), json!({"text/plain": {}}));
    assert_eq!(gone, ["create-thread: body: application/json: the media type is gone"]);
}
