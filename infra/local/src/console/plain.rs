//! Items as plain JSON, without the types of DynamoDB. Binary values become base64.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Number, Value, json};

/// Returns an item of the SDK.
pub(super) fn plain_item(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), plain_attribute(value))).collect()
}

fn plain_attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => plain_number(number),
        AttributeValue::B(bytes) => json!(STANDARD.encode(bytes)),
        AttributeValue::Bool(value) => json!(value),
        AttributeValue::L(list) => list.iter().map(plain_attribute).collect(),
        AttributeValue::M(item) => plain_item(item),
        AttributeValue::Ss(texts) => json!(texts),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| plain_number(number)).collect(),
        AttributeValue::Bs(list) => list.iter().map(|bytes| json!(STANDARD.encode(bytes))).collect(),
        // Null, or a type that this version of the SDK does not know.
        _ => Value::Null,
    }
}

/// Returns an image of a stream record, in which each value is an object with its type: `{"name": {"S": "Ada"}}`.
pub(super) fn plain_image(image: &Value) -> Value {
    let fields = image.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), plain_typed(value))).collect()
}

fn plain_typed(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else { return Value::Null };
    let list = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "N" => plain_number(value.as_str().unwrap_or_default()),
        "NS" => list().map(|number| plain_number(number.as_str().unwrap_or_default())).collect(),
        "L" => list().map(plain_typed).collect(),
        "M" => plain_image(value),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

/// A number that JSON cannot hold exactly stays a text.
fn plain_number(text: &str) -> Value {
    let exact = serde_json::from_str::<Number>(text).ok().filter(|number| number.to_string() == text);
    exact.map_or_else(|| json!(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    #[test]
    fn both_forms_of_an_item_become_the_same_json() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |text: &str| AttributeValue::N(text.to_owned());
        let item = HashMap::from([
            ("name".to_owned(), text("Ada")),
            ("big".to_owned(), number("12345678901234567890123")),
            ("at".to_owned(), number("1700000000000")),
            ("on".to_owned(), AttributeValue::Bool(true)),
            ("none".to_owned(), AttributeValue::Null(true)),
            ("bytes".to_owned(), AttributeValue::B(Blob::new("hi"))),
            ("list".to_owned(), AttributeValue::L(vec![text("a"), number("1.5")])),
            (
                "map".to_owned(),
                AttributeValue::M([("set".to_owned(), AttributeValue::Ns(vec!["1".to_owned()]))].into()),
            ),
        ]);
        let image = json!({
            "name": {"S": "Ada"},
            "big": {"N": "12345678901234567890123"},
            "at": {"N": "1700000000000"},
            "on": {"BOOL": true},
            "none": {"NULL": true},
            "bytes": {"B": "aGk="},
            "list": {"L": [{"S": "a"}, {"N": "1.5"}]},
            "map": {"M": {"set": {"NS": ["1"]}}},
        });
        let plain = json!({
            "name": "Ada",
            "big": "12345678901234567890123",
            "at": 1_700_000_000_000_i64,
            "on": true,
            "none": null,
            "bytes": "aGk=",
            "list": ["a", 1.5],
            "map": {"set": [1]},
        });
        assert_eq!((plain_item(&item), plain_image(&image)), (plain.clone(), plain));
    }
}
