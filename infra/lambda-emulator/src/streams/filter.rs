//! The patterns of `FilterCriteria`: a part of EventBridge's pattern language.

use serde_json::{Map, Value};

use crate::template::Filter;

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pattern {
    /// Every member must match.
    All(Vec<(String, Pattern)>),
    /// One condition must match the value or, if it is a list, one of its elements.
    Any(Vec<Condition>),
}

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Equals(Value),
    Exists(bool),
    Prefix(String),
    AnythingBut(Vec<Value>),
}

/// A pattern that the emulator cannot evaluate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {function}: filter pattern {pattern}: {reason}")]
pub struct FilterError {
    /// The place of the pattern, `<file>:<line>`.
    pub place: String,
    /// Logical id of the function.
    pub function: String,
    /// The pattern.
    pub pattern: String,
    /// The cause, with the name of the operator.
    pub reason: String,
}

impl Pattern {
    /// Parses the pattern of a function's event.
    pub(crate) fn parse(function: &str, filter: &Filter) -> Result<Self, FilterError> {
        let failed = |reason: String| {
            let Filter { pattern, place } = filter.clone();
            FilterError { place, function: function.to_owned(), pattern, reason }
        };
        let value: Value =
            serde_json::from_str(&filter.pattern).map_err(|error| failed(format!("not JSON: {error}")))?;
        match &value {
            Value::Object(members) => Self::parse_members(members).map_err(failed),
            _ => Err(failed("not an object".to_owned())),
        }
    }

    fn parse_members(members: &Map<String, Value>) -> Result<Self, String> {
        let member = |(name, value): (&String, &Value)| match value {
            _ if name.starts_with('$') => Err(format!("{name} is not supported by the emulator")),
            Value::Object(members) => Ok((name.clone(), Self::parse_members(members)?)),
            Value::Array(conditions) if !conditions.is_empty() => {
                Ok((name.clone(), Self::Any(conditions.iter().map(Condition::parse).collect::<Result<_, _>>()?)))
            }
            _ => Err(format!("{name} should be an object or a non-empty array")),
        };
        Ok(Self::All(members.iter().map(member).collect::<Result<_, _>>()?))
    }

    /// Returns whether an event matches.
    pub(crate) fn matches(&self, event: &Value) -> bool {
        self.accepts(Some(event))
    }

    fn accepts(&self, value: Option<&Value>) -> bool {
        match self {
            // The members of an absent value are absent, so `exists: false` matches them.
            Self::All(members) => {
                members.iter().all(|(name, pattern)| pattern.accepts(value.and_then(|value| value.get(name))))
            }
            Self::Any(conditions) => conditions.iter().any(|condition| condition.accepts(value)),
        }
    }
}

impl Condition {
    fn parse(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else {
            return if value.is_array() {
                Err("an array inside an array is not a condition".to_owned())
            } else {
                Ok(Self::Equals(value.clone()))
            };
        };
        let mut operators = members.iter();
        match (operators.next(), operators.next()) {
            (Some((operator, argument)), None) => match (operator.as_str(), argument) {
                ("exists", Value::Bool(exists)) => Ok(Self::Exists(*exists)),
                ("prefix", Value::String(prefix)) => Ok(Self::Prefix(prefix.clone())),
                ("anything-but", Value::Array(values)) => Ok(Self::AnythingBut(values.clone())),
                ("anything-but", Value::String(_) | Value::Number(_)) => Ok(Self::AnythingBut(vec![argument.clone()])),
                _ => Err(format!("the operator {operator} is not supported by the emulator with {argument}")),
            },
            _ => Err("a condition has one operator".to_owned()),
        }
    }

    fn accepts(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        match (self, value) {
            (Self::Exists(exists), _) => *exists,
            (_, Value::Array(elements)) => elements.iter().any(|element| self.accepts(Some(element))),
            (Self::Equals(expected), _) => is_equal(expected, value),
            (Self::Prefix(prefix), _) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
            (Self::AnythingBut(excluded), _) => !excluded.iter().any(|excluded| is_equal(excluded, value)),
        }
    }
}

/// Returns whether two values are equal. 1 and 1.0 are the same number.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(pattern: &str) -> Result<Pattern, FilterError> {
        Pattern::parse("purge", &Filter { pattern: pattern.to_owned(), place: "template.yaml:9".to_owned() })
    }

    fn matches(pattern: Value, event: Value) -> bool {
        parse(&pattern.to_string()).unwrap().matches(&event)
    }

    #[test]
    fn a_nested_pattern_matches_only_its_records() {
        let pattern = json!({"dynamodb": {"NewImage": {"woken_at": {"N": [{"exists": true}]}}}});
        assert!(matches(
            pattern.clone(),
            json!({"dynamodb": {"NewImage": {"pk": {"S": "a"}, "woken_at": {"N": "1"}}}})
        ));
        assert!(!matches(pattern.clone(), json!({"dynamodb": {"NewImage": {"pk": {"S": "a"}}}})));
        assert!(!matches(pattern.clone(), json!({"dynamodb": {"OldImage": {"woken_at": {"N": "1"}}}})));
        assert!(!matches(pattern, json!({"eventName": "REMOVE"})));
    }

    #[test]
    fn records_are_chosen_by_event_key_and_identity() {
        let record = |event: &str, sk: &str| json!({"eventName": event, "dynamodb": {"Keys": {"sk": {"S": sk}}}});
        let pattern = json!({
            "eventName": ["INSERT", "REMOVE"],
            "dynamodb": {"Keys": {"sk": {"S": ["USER", {"prefix": "THREAD#"}]}}},
        });
        for (event, sk, expected) in [
            ("INSERT", "USER", true),
            ("REMOVE", "THREAD#1", true),
            ("MODIFY", "USER", false),
            ("INSERT", "USERS", false),
            ("INSERT", "SETTINGS", false),
        ] {
            assert_eq!(matches(pattern.clone(), record(event, sk)), expected, "{event} {sk}");
        }
        let mut expired = record("REMOVE", "USER");
        let by_service = json!({"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}});
        let by_a_caller = json!({"userIdentity": {"type": [{"exists": false}]}});
        assert!(!matches(by_service.clone(), expired.clone()) && matches(by_a_caller.clone(), expired.clone()));
        expired["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        assert!(matches(by_service, expired.clone()) && !matches(by_a_caller, expired));
    }

    #[test]
    fn every_operator_matches_its_values() {
        let cases = [
            (json!(["a", "b"]), json!("b"), true),
            (json!(["a"]), json!("ab"), false),
            (json!([1]), json!(1.0), true),
            (json!([null]), Value::Null, true),
            (json!([true]), json!("true"), false),
            (json!([{"prefix": "USER#"}]), json!("USER#1"), true),
            (json!([{"prefix": "USER#"}]), json!("THREAD#1"), false),
            (json!([{"anything-but": ["a", "b"]}]), json!("c"), true),
            (json!([{"anything-but": "a"}]), json!("a"), false),
            (json!([{"exists": false}]), json!("a"), false),
            (json!(["a", {"prefix": "b"}]), json!("bc"), true),
            (json!(["a"]), json!(["x", "a"]), true),
        ];
        for (conditions, value, expected) in cases {
            assert_eq!(matches(json!({"x": conditions}), json!({"x": value})), expected, "{conditions} {value}");
        }
        assert!(matches(json!({"x": {"y": [{"exists": false}]}}), json!({})));
        assert!(
            !matches(json!({"x": [{"anything-but": ["a"]}]}), json!({})),
            "an absent value does not match anything-but"
        );
        assert!(!matches(json!({"x": ["a"], "y": ["b"]}), json!({"x": "a"})), "every member must match");
    }

    #[test]
    fn an_unknown_operator_is_an_error_that_names_it() {
        for (pattern, word) in [
            (r#"{"x": [{"numeric": [">", 1]}]}"#, "numeric"),
            (r#"{"$or": [{"x": ["a"]}]}"#, "$or"),
            (r#"{"x": [{"exists": "yes"}]}"#, "exists"),
            (r#"{"x": []}"#, "x"),
            (r#"{"x": "a"}"#, "x"),
            ("[]", "object"),
            ("{", "JSON"),
        ] {
            let error = parse(pattern).unwrap_err();
            assert!(error.reason.contains(word), "{error}");
            assert!(error.to_string().starts_with("template.yaml:9: purge: "), "{error}");
        }
    }
}
