use serde_json::json;

use super::{OPERATION, THREAD, breaks_after, breaks_without};

#[test]
fn a_field_that_goes_from_an_answer_breaks() {
    let gone = breaks_without(&format!("{THREAD}/properties"), "id");
    assert!(gone.contains(&"create-thread: 200: application/json: id: the field is gone".to_owned()), "{gone:?}");
    let optional = breaks_after(&format!("{THREAD}/required"), json!(["role"]));
    assert!(optional[0].ends_with("id: the field may now be missing"), "{optional:?}");
    let values = breaks_after(&format!("{THREAD}/properties/role"), json!({"enum": ["user"]}));
    assert!(values[0].ends_with("role: \"assistant\" is gone"), "{values:?}");
}

#[test]
fn a_type_that_changes_in_an_answer_breaks() {
    for (changed, expected) in [
        (json!({"type": ["string", "null"]}), "note: the type null is possible now"),
        (json!({"type": "integer"}), "note: the type integer is possible now"),
        (json!({}), "note: any value is possible now"),
        (json!({"type": ["string", "object"], "properties": {}}), "note: the type object is possible now"),
    ] {
        let breaks = breaks_after(&format!("{THREAD}/properties/note"), changed);
        assert!(breaks.iter().any(|found| found.ends_with(expected)), "{breaks:?}");
    }
    let format = breaks_after(&format!("{THREAD}/properties/id"), json!({"type": "string"}));
    assert!(format[0].ends_with("id: the format was \"uuid\""), "{format:?}");
    let pattern = breaks_after(&format!("{THREAD}/properties/user/pattern"), json!("^usr_"));
    assert!(pattern[0].ends_with("user: the pattern was \"^user_\""), "{pattern:?}");
}

#[test]
fn an_object_of_an_answer_that_may_be_null_breaks() {
    let breaks = breaks_after(&format!("{THREAD}/type"), json!(["object", "null"]));
    assert_eq!(breaks[0], "create-thread: 200: application/json: the type null is possible now");
}

#[test]
fn items_and_other_fields_of_an_answer_keep_their_type() {
    for (field, changed, expected) in [
        ("tags", json!({"type": "array"}), "tags: items: any value is possible now"),
        ("claims", json!({"type": "object"}), "claims: additionalProperties: any value is possible now"),
        (
            "claims",
            json!({"type": "object", "additionalProperties": true}),
            "additionalProperties: any value is possible now",
        ),
    ] {
        let breaks = breaks_after(&format!("{THREAD}/properties/{field}"), changed);
        assert!(breaks.iter().any(|found| found.ends_with(expected)), "{breaks:?}");
    }
    let none = json!({"type": "object", "additionalProperties": false});
    assert_eq!(breaks_after(&format!("{THREAD}/properties/claims"), none), Vec::<String>::new());
}

#[test]
fn a_new_value_of_an_enumeration_in_an_answer_breaks() {
    let role = json!({"enum": ["user", "assistant", "tool"]});
    let breaks = breaks_after(&format!("{THREAD}/properties/role"), role);
    let expected = "create-thread: 200: application/json: role: \"tool\" is possible now".to_owned();
    assert!(breaks.contains(&expected), "{breaks:?}");
}

#[test]
fn additions_to_an_answer_do_not_break() {
    assert_eq!(breaks_after(&format!("{THREAD}/properties/more"), json!({"type": "string"})), Vec::<String>::new());
    assert_eq!(breaks_after(&format!("{THREAD}/required"), json!(["id", "role", "note"])), Vec::<String>::new());
    assert_eq!(breaks_after(&format!("{OPERATION}/responses/202"), json!({})), Vec::<String>::new());
}
