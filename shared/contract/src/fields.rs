//! The fields of a JSON body. Each is parsed by itself, so a response names every wrong field and not only the first.

use std::mem;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{field_error::FieldErrors, json_error::detail};

/// Marks a field as wrong. The error itself is in the list of the request.
#[derive(Debug, Clone, Copy)]
pub struct InvalidField;

/// A value that is made from the fields of a JSON object.
pub trait FromFields: Sized {
    /// Takes all fields, and only then returns an error. Otherwise the fields after the first wrong one would not be
    /// checked. A field that is not taken is unknown, which is an error too.
    ///
    /// # Errors
    /// A field is missing or invalid.
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField>;
}

/// The fields of a JSON object that have not been taken yet.
pub struct Fields<'a> {
    /// The path of the object, with a dot at the end. Empty for the body itself.
    path: String,
    values: Map<String, Value>,
    errors: &'a mut FieldErrors,
}

impl Fields<'_> {
    /// Takes a field that must be there.
    ///
    /// # Errors
    /// The field is missing or invalid.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, InvalidField> {
        let value = self.take(name)?;
        self.parse(name, value)
    }

    /// Takes a field that may be missing. Returns the default then.
    ///
    /// # Errors
    /// The field is invalid.
    pub fn or_default<T: DeserializeOwned + Default>(&mut self, name: &str) -> Result<T, InvalidField> {
        match self.values.remove(name) {
            Some(value) => self.parse(name, value),
            None => Ok(T::default()),
        }
    }

    /// Takes a field that must be an object with fields of its own.
    ///
    /// # Errors
    /// The field is missing or is not an object, or one of its fields is wrong.
    pub fn object<T: FromFields>(&mut self, name: &str) -> Result<T, InvalidField> {
        match self.take(name)? {
            Value::Object(values) => from_object(format!("{}{name}.", self.path), values, self.errors),
            _ => Err(self.refuse(name, "must be a JSON object")),
        }
    }

    fn take(&mut self, name: &str) -> Result<Value, InvalidField> {
        self.values.remove(name).ok_or_else(|| self.refuse(name, "is missing"))
    }

    fn parse<T: DeserializeOwned>(&mut self, name: &str, value: Value) -> Result<T, InvalidField> {
        T::deserialize(value).map_err(|error| self.refuse(name, detail(&error)))
    }

    fn refuse(&mut self, name: &str, detail: impl Into<String>) -> InvalidField {
        self.errors.push(&format!("{}{name}", self.path), detail);
        InvalidField
    }
}

/// Makes a value from the fields of a body.
///
/// # Errors
/// Fields are missing, invalid or unknown.
pub fn from_body<T: FromFields>(body: Map<String, Value>) -> Result<T, FieldErrors> {
    let mut errors = FieldErrors::default();
    from_object(String::new(), body, &mut errors).map_err(|InvalidField| errors)
}

fn from_object<T: FromFields>(
    path: String,
    values: Map<String, Value>,
    errors: &mut FieldErrors,
) -> Result<T, InvalidField> {
    let mut fields = Fields { path, values, errors };
    let mut result = T::from_fields(&mut fields);
    for name in mem::take(&mut fields.values).keys() {
        result = Err(fields.refuse(name, "is not a field of this request"));
    }
    result
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, schema_for};
    use serde_json::json;

    use super::*;
    use crate::{
        exchange::{CreateExchange, ExchangeMessage},
        message::CreateMessage,
        thread::{CreateThread, UpdateThread},
    };

    fn errors<T: FromFields>(body: Value) -> Vec<String> {
        let Value::Object(body) = body else { panic!("not an object") };
        let errors = from_body::<T>(body).err().unwrap_or_default();
        errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect()
    }

    #[test]
    fn every_wrong_field_is_listed_in_the_order_of_the_fields() {
        let body = json!({
            "z": 1, "assistant": {"z": 1, "content": 7, "parts": {"a": "secret"}, "model": "", "a": 1},
            "user": ["secret"], "b": 2
        });
        let expected = [
            "user must be a JSON object",
            "assistant.content must be a string",
            "assistant.parts must be an array of objects that each have a type",
            "assistant.model must be 1 to 100 characters",
            "assistant.a is not a field of this request",
            "assistant.z is not a field of this request",
            "b is not a field of this request",
            "z is not a field of this request",
        ];
        assert_eq!(errors::<CreateExchange>(body), expected);
        assert_eq!(errors::<CreateExchange>(json!({})), ["user is missing", "assistant is missing"]);
        assert_eq!(errors::<CreateThread>(json!({"title": " "})), ["title must be 1 to 200 characters and not blank"]);
        assert_eq!(errors::<CreateMessage>(json!({"role": null, "content": "a"})), ["role must be a string"]);
    }

    #[test]
    fn an_error_quotes_no_value() {
        for value in [json!(["secret at line 1, expected x"]), json!({"secret": 1}), json!(true), json!(1.5)] {
            assert_eq!(errors::<UpdateThread>(json!({"title": value})), ["title must be a string"]);
        }
        let body = json!({"content": "a", "role": "secret, expected x"});
        assert_eq!(errors::<CreateMessage>(body), ["role must be `user` or `assistant`"]);
        let body = json!({"user": {"content": "a"}, "assistant": "secret at line 2"});
        assert_eq!(errors::<CreateExchange>(body), ["assistant must be a JSON object"]);
    }

    /// Checks that the schema of a request says what its parser does.
    #[track_caller]
    fn assert_schema_matches<T: FromFields + JsonSchema>() {
        let schema = schema_for!(T);
        let required = schema.get("required").cloned().unwrap_or(json!([]));
        let missing: Vec<_> = errors::<T>(json!({}))
            .iter()
            .filter_map(|error| error.strip_suffix(" is missing").map(str::to_owned))
            .collect();
        assert_eq!(json!(missing), required);
        assert_eq!(schema.get("additionalProperties"), Some(&json!(false)));
        let Some(Value::Object(properties)) = schema.get("properties") else { panic!("no properties") };
        assert!(!properties.is_empty());
        for name in properties.keys() {
            // `false` is a wrong value for every field.
            let unknown = format!("{name} is not a field of this request");
            assert!(!errors::<T>(json!({name: false})).contains(&unknown), "{name}");
            assert!(
                errors::<T>(json!({format!("{name}_"): false}))
                    .contains(&format!("{name}_ is not a field of this request"))
            );
        }
    }

    #[test]
    fn a_schema_has_the_fields_that_are_parsed() {
        assert_schema_matches::<CreateThread>();
        assert_schema_matches::<UpdateThread>();
        assert_schema_matches::<CreateMessage>();
        assert_schema_matches::<CreateExchange>();
        assert_schema_matches::<ExchangeMessage>();
    }
}
