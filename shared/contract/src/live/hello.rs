//! The message of a client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fields::{Fields, FromFields, InvalidField};

/// The only message of a client. It proves who is calling, and renews the lease of the connection. It
/// may have 8 KB of JSON.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Hello {
    /// `hello`.
    r#type: HelloType,
    /// A session token of Clerk.
    pub token: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum HelloType {
    Hello,
}

impl Hello {
    /// Makes the message with a session token.
    pub fn new(token: impl Into<String>) -> Self {
        Self { r#type: HelloType::Hello, token: token.into() }
    }
}

impl FromFields for Hello {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let (r#type, token) = (fields.required("type"), fields.required("token"));
        Ok(Self { r#type: r#type?, token: token? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fields::from_body;

    #[test]
    fn a_hello_has_a_type_and_a_token() {
        let read = |body: Value| from_body::<Hello>(body.as_object().unwrap().clone());
        assert_eq!(serde_json::to_value(Hello::new("t")).unwrap(), json!({"type": "hello", "token": "t"}));
        assert!(read(json!({"type": "hello", "token": "t"})).unwrap() == Hello::new("t"));
        let errors = |body| read(body).err().unwrap().iter().map(|error| error.field.clone()).collect::<Vec<_>>();
        assert_eq!(errors(json!({"type": "ping", "data": 1})), ["type", "token", "data"]);
        assert_eq!(errors(json!({"type": "hello", "token": null})), ["token"]);
    }
}
