//! The fields of a JSON body. Each is parsed by itself, so a response names every wrong field and not only the first.

use std::mem;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::http::{field_error::FieldErrors, json::detail, problem::Problem};

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
/// 422: fields are missing, invalid or unknown.
pub(crate) fn from_body<T: FromFields>(body: Map<String, Value>) -> Result<T, Problem> {
    let mut errors = FieldErrors::default();
    from_object(String::new(), body, &mut errors)
        .map_err(|InvalidField| Problem::unprocessable("invalid-field", errors.summary()).with_errors(errors))
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
    use usher_store::{Content, MessageParts, Role, Title};

    use super::*;
    use crate::http::json::parse_object;

    #[derive(Debug)]
    struct Body;

    #[derive(Debug)]
    struct Message;

    impl FromFields for Body {
        fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
            let title = fields.required::<Option<Title>>("title");
            let user = fields.object::<Message>("user");
            let assistant = fields.object::<Message>("assistant");
            title.and(user).and(assistant).and(Ok(Self))
        }
    }

    impl FromFields for Message {
        fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
            let role = fields.or_default::<Role>("role");
            let content = fields.required::<Content>("content");
            let parts = fields.or_default::<Option<MessageParts>>("parts");
            role.and(content).and(parts).and(Ok(Self))
        }
    }

    fn parse(body: &str) -> Result<Body, Problem> {
        from_body(parse_object(body.as_bytes())?)
    }

    fn errors(body: &str) -> Vec<String> {
        let problem = parse(body).unwrap_err();
        assert_eq!(problem.status(), 422);
        problem.errors().iter().map(|error| format!("{} {}", error.field, error.detail)).collect()
    }

    #[test]
    fn every_wrong_field_is_listed_in_the_order_of_the_fields() {
        let good = r#"{"assistant":{"content":"a","parts":null},"user":{"role":"user","content":"b"},"title":null}"#;
        assert!(parse(good).is_ok());
        assert_eq!(errors("{}"), ["title is missing", "user is missing", "assistant is missing"]);
        let body = r#"{"z":1,"assistant":{"z":1,"content":7,"parts":{"a":"secret"},"role":null,"a":1},"user":["secret"],
            "title":" ","b":2}"#;
        let expected = [
            "title must be 1 to 200 characters and not blank",
            "user must be a JSON object",
            "assistant.role must be a string",
            "assistant.content must be a string",
            "assistant.parts must be an array of objects that each have a type",
            "assistant.a is not a field of this request",
            "assistant.z is not a field of this request",
            "b is not a field of this request",
            "z is not a field of this request",
        ];
        assert_eq!(errors(body), expected);
        assert_eq!(parse(body).unwrap_err().detail(), format!("{} (errors lists 8 more)", expected[0]));
    }

    #[test]
    fn an_error_quotes_no_value() {
        for value in [r#"["secret at line 1, expected x"]"#, r#"{"secret":1}"#, "true", "1.5"] {
            let body = format!(r#"{{"title":{value},"user":{{"content":{value}}},"assistant":{{"content":"a"}}}}"#);
            assert_eq!(errors(&body), ["title must be a string", "user.content must be a string"]);
        }
        let body =
            r#"{"title":null,"user":{"content":"a","role":"secret, expected x"},"assistant":"secret at line 2"}"#;
        let expected = ["user.role must be `user` or `assistant`", "assistant must be a JSON object"];
        assert_eq!(errors(body), expected);
    }

    #[test]
    fn the_reason_for_the_log_has_fields_and_their_rules_and_no_value() {
        let reason = |user: &str, other: &str| {
            let body = format!(r#"{{"title":null,"user":{user},"assistant":{{"content":"a"}}{other}}}"#);
            parse(&body).unwrap_err().reason()
        };
        assert_eq!(reason(r#"{"content":""}"#, ""), "user.content: must be 1 to 102400 bytes");
        let mail = r#","ada@example.com":1"#;
        assert_eq!(reason(r#"{"content":"a"}"#, mail), "….com: is not a field of this request");
        let key = format!(r#"{{"content":"a","{}":1}}"#, "k".repeat(40));
        assert_eq!(reason(&key, ""), "user.…: is not a field of this request");
        assert!(reason("secret", "").starts_with("the body is not valid JSON: expected value at line 1"));
        assert_eq!(Problem::no_token().reason(), "send a Clerk session token as Authorization: Bearer");
    }
}
