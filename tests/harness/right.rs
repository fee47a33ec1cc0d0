//! Permissions of IAM.

use serde_json::Value;

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The name of the action, for example `dynamodb:GetItem`.
    pub action: String,
    /// `table`, `index/<name>`, `parameter/<the template's parameter that holds its name>`, or `connections/<method>`.
    pub resource: String,
}

impl Right {
    /// A right to one action on one resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into() }
    }

    /// The rights that a call to DynamoDB needs. A transaction needs the right of each of its actions and none of its
    /// own.
    pub(crate) fn needed_by(operation: &str, request: &Value) -> Vec<Self> {
        if operation != "TransactWriteItems" {
            let index = request["IndexName"].as_str();
            let resource = index.map_or_else(|| "table".to_owned(), |name| format!("index/{name}"));
            return vec![Self::new(format!("dynamodb:{operation}"), resource)];
        }
        let actions = request["TransactItems"].as_array().unwrap();
        let names = actions.iter().flat_map(|action| action.as_object().unwrap().keys());
        names.map(|name| Self::new(format!("dynamodb:{name}Item"), "table")).collect()
    }
}
