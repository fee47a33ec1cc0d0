//! The text of an error for people.

use std::error::Error;

/// Returns an error and its causes, separated by colons. `DisplayErrorContext` of the SDK would add the `Debug` form of
/// the whole request.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
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
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("dispatch failure")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_followed_by_its_causes() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(error_chain(&error), "dispatch failure: connection refused");
    }
}
