//! The text of an SDK's error for people.

use std::error::Error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Returns the code and the message of a service's error. Returns another error with its causes, separated by colons.
///
/// The `Display` form of an error that the SDK does not model contains a `Debug` form, and `DisplayErrorContext` of the
/// SDK would add the whole request.
pub fn error_chain<E: Error + ProvideErrorMetadata + 'static>(error: &E) -> String {
    if let Some(code) = error.code() {
        return error.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    }
    error_causes(error)
}

/// Returns an error with its causes, separated by colons.
pub fn error_causes(error: &(dyn Error + 'static)) -> String {
    let mut chain = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    chain.dedup();
    chain.join(": ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::create_table::CreateTableError;
    use aws_smithy_types::error::metadata::ErrorMetadata;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("dispatch failure")]
    struct Outer(#[source] std::io::Error);

    impl ProvideErrorMetadata for Outer {
        fn meta(&self) -> &ErrorMetadata {
            static NOTHING: std::sync::LazyLock<ErrorMetadata> = std::sync::LazyLock::new(Default::default);
            &NOTHING
        }
    }

    #[test]
    fn an_error_is_followed_by_its_causes() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(error_chain(&error), "dispatch failure: connection refused");
    }

    #[test]
    fn an_error_of_a_service_has_code_and_message_only() {
        let metadata = ErrorMetadata::builder().code("ValidationException").message("no key").custom("id", "1").build();
        assert_eq!(error_chain(&CreateTableError::generic(metadata)), "ValidationException: no key");
    }
}
