//! Why a request failed.

use std::{error::Error, iter::successors};

/// The request could not be sent, or its connection failed. Holds the reasons, and neither the URL nor a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(String);

impl RequestError {
    /// Takes the messages of an error and of its sources, because the first ones do not name the cause.
    pub(crate) fn describe(error: &(dyn Error + 'static)) -> Self {
        let messages: Vec<_> = successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect();
        Self(messages.join(": "))
    }
}

/// The reason that the body of a response was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body is larger than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The connection failed.
    #[error(transparent)]
    Request(#[from] RequestError),
}
