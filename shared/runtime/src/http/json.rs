//! Parsing of JSON. An error names the field and the rule, and never quotes the value.

use serde::de::IgnoredAny;
use serde_json::{Map, Value, error::Category};
use usher_contract::{
    FieldErrors, ProblemCode, StrictObject,
    json_error::{detail, reason},
    limits::MAX_JSON_LEVELS,
};

use crate::http::problem::Problem;

/// The text of serde_json's error for a value that is nested too deep.
const TOO_DEEP: &str = "recursion limit exceeded";

/// Parses a body that must be one JSON object without repeated names.
///
/// # Errors
/// 400: the body is not JSON, or is nested too deep. 422: the body is not an object, or repeats a name.
pub(crate) fn parse_object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let StrictObject(object) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // A body that does not begin with a brace is read no further, so the rest of it may not be JSON.
        let syntax = (path == ".").then(|| serde_json::from_slice::<IgnoredAny>(body).err()).flatten();
        problem(&path, syntax.as_ref().unwrap_or(error.inner()))
    })?;
    json.end().map_err(|error| problem(".", &error))?;
    Ok(object)
}

fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let reason = reason(error);
    if error.classify() == Category::Data {
        let errors = match repeated_name(&reason) {
            Some(name) => FieldErrors::one(&path_of_repeated(path, name), "is given twice"),
            None => FieldErrors::one(&shown(path), detail(error)),
        };
        return Problem::of_fields(ProblemCode::InvalidField, errors);
    }
    if reason == TOO_DEEP {
        let errors =
            FieldErrors::one(&shown(path), format!("is nested too deep: a body may have {MAX_JSON_LEVELS} levels"));
        return Problem::of_fields(ProblemCode::Malformed, errors);
    }
    // The text is not JSON, so nobody knows which field is meant.
    Problem::new(ProblemCode::Malformed, format!("the body is not valid JSON: {error}"))
}

fn repeated_name(reason: &str) -> Option<&str> {
    reason.strip_prefix("duplicate field `")?.strip_suffix('`')
}

/// Returns the path of a repeated name. serde's path is the one of the object, or of the field if it was the last one.
fn path_of_repeated(path: &str, name: &str) -> String {
    if path == "." {
        name.to_owned()
    } else if path.rsplit('.').next() == Some(name) {
        path.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn shown(path: &str) -> String {
    if path == "." { "body".into() } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        let problem = parse_object(body.as_bytes()).unwrap_err();
        let fields: Vec<_> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        format!("{} {:.100} {:.50}", problem.status().as_u16(), problem.detail(), fields.join(","))
    }

    #[test]
    fn an_error_names_its_field_and_quotes_no_value() {
        for (body, expected) in [
            ("[]", "422 body must be a JSON object body"),
            (r#""secret at line 1, expected x""#, "422 body must be a JSON object body"),
            (r#"{"a":"secret","a":"secret"}"#, "422 a is given twice a"),
            (r#"{"a":{"a":1,"a":2}}"#, "422 a is given twice a"),
            (r#"{"a":[0,{"b":{"c":1,"c":2}}]}"#, "422 a[1].b.c is given twice a[1].b.c"),
        ] {
            assert_eq!(refused(body), expected, "{body}");
        }
    }

    #[test]
    fn a_syntax_error_blames_no_field() {
        for body in
            ["secret", "[", "[1,", r#"{"a":"#, r#"{"a":1} x"#, r#"{"a":nul}"#, r#"{"a":"\x"}"#, r#"{"a":1e999}"#]
        {
            let problem = parse_object(body.as_bytes()).unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.errors().is_empty()), (400, true), "{body}");
        }
        assert!(refused("secret").starts_with("400 the body is not valid JSON: expected value at line 1"));
    }

    #[test]
    fn a_body_may_have_127_levels() {
        let nested = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(parse_object(nested(127).as_bytes()).is_ok());
        assert!(refused(&nested(128)).starts_with("400 a[0][0]"), "{}", refused(&nested(128)));
        let detail = parse_object(nested(10_000).as_bytes()).unwrap_err().detail().to_owned();
        assert!(detail.ends_with("is nested too deep: a body may have 127 levels"), "{detail}");
    }
}
