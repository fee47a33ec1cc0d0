//! One entry of an error. Codes and messages are those of Clerk's pages "Backend API errors" and "Frontend API errors".

use serde::Serialize;
use usher_loopback::shown_word;

/// One entry of `errors`.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorEntry {
    message: String,
    long_message: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

#[derive(Debug, Serialize)]
struct Meta {
    param_name: String,
}

impl ErrorEntry {
    pub(crate) fn new(code: &'static str, message: &str, long_message: impl Into<String>) -> Self {
        let (message, long_message) = (message.to_owned(), long_message.into());
        Self { message, long_message, code, meta: None }
    }

    /// Returns the code and the parameter for the log. The message is left out, because it may hold a value.
    pub(crate) fn reason(&self) -> String {
        match &self.meta {
            Some(meta) => format!("{} {}", self.code, shown_word(&meta.param_name)),
            None => self.code.to_owned(),
        }
    }

    pub(crate) fn unknown(param: &str) -> Self {
        let long = format!("{param} is not a valid parameter for this request.");
        Self::param("form_param_unknown", param, "is unknown", long)
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::param("form_param_missing", param, "is missing", format!("{param} must be included."))
    }

    pub(crate) fn wrong_type(param: &str, expected: &str) -> Self {
        let long = format!("`{param}` must be a `{expected}`.");
        Self::param("form_param_type_invalid", param, "is invalid", long)
    }

    pub(crate) fn wrong_format(param: &str, expected: &str) -> Self {
        let long = format!("{param} must be {expected}.");
        Self::param("form_param_format_invalid", param, "is invalid", long)
    }

    pub(crate) fn wrong_value(param: &str) -> Self {
        Self::param("form_param_value_invalid", param, "is invalid", format!("{param} is invalid"))
    }

    pub(crate) fn too_large(param: &str, maximum: i64) -> Self {
        let long = format!("The value of {param} can't be greater than {maximum}");
        Self::param("form_param_value_too_large", param, "Value too large", long)
    }

    pub(crate) fn too_long(param: &str, maximum_bytes: usize) -> Self {
        let long = format!("{param} exceeds the maximum allowed size of {maximum_bytes} bytes.");
        Self::param("form_param_exceeds_allowed_size", param, "exceeds maximum size", long)
    }

    pub(crate) fn wrong_time(param: &str) -> Self {
        let long =
            format!("{param} must contain a datetime specified in RFC3339 format (e.g. `2022-10-20T10:00:27.645Z`).");
        Self::param("form_param_invalid_time", param, "invalid format", long)
    }

    pub(crate) fn taken(param: &str) -> Self {
        let long = format!("That {} is taken. Please try another.", param.replace('_', " "));
        Self::param("form_identifier_exists", param, "already exists", long)
    }

    pub(crate) fn password_too_short(param: &str, minimum: usize) -> Self {
        let long = format!("Passwords must be {minimum} characters or more.");
        Self::param("form_password_length_too_short", param, &long, long.clone())
    }

    pub(crate) fn password_too_long(param: &str, maximum: usize) -> Self {
        let long = format!("Passwords must be less than {maximum} characters.");
        Self::param("form_password_length_too_long", param, &long, long.clone())
    }

    pub(crate) fn identifier_not_found(param: &str) -> Self {
        let long = "Couldn't find your account.";
        Self::param("form_identifier_not_found", param, long, long.to_owned())
    }

    pub(crate) fn incorrect_password(param: &str) -> Self {
        let long = "Password is incorrect. Try again, or use another method.";
        Self::param("form_password_incorrect", param, long, long.to_owned())
    }

    pub(crate) fn incorrect_code(param: &str) -> Self {
        Self::param("form_code_incorrect", param, "is incorrect", "Incorrect code".to_owned())
    }

    pub(crate) fn matches_current_password(param: &str) -> Self {
        let long = "New password cannot be the same as the current password.".to_owned();
        Self::param("form_new_password_matches_current", param, "is invalid", long)
    }

    pub(crate) fn resource_not_found(param: &str) -> Self {
        let long = format!("The resource associated with the supplied {param} was not found.");
        Self::param("form_resource_not_found", param, "is missing", long)
    }

    fn param(code: &'static str, param: &str, message: &str, long_message: String) -> Self {
        let meta = Some(Meta { param_name: param.to_owned() });
        Self { meta, ..Self::new(code, message, long_message) }
    }
}
