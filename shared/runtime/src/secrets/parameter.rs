//! A parameter in the Parameter Store of AWS Systems Manager.

use std::time::Duration;

use aws_sdk_ssm::{Client, error::SdkError, operation::get_parameter::GetParameterError};
use usher_aws::{Attempts, sdk_config};

use crate::config::http_client;

const ATTEMPTS: Attempts =
    Attempts { number: 3, timeout: Duration::from_secs(1), first_backoff: Duration::from_secs(1) };

/// A parameter, usually a SecureString.
pub(crate) struct Parameter {
    client: Client,
    name: String,
}

/// The reason that a parameter could not be read. Holds neither its name nor its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    #[error("names a parameter that Systems Manager does not have; create it as a SecureString")]
    NotFound,
    #[error("names a parameter that this function may not read ({0}); its role needs ssm:GetParameter on it")]
    Refused(String),
    /// A later attempt may succeed.
    #[error("names a parameter that could not be read ({0})")]
    Unavailable(String),
}

impl Parameter {
    pub(crate) fn new(name: String) -> Self {
        Self { client: Client::new(&sdk_config("SSM", http_client(), ATTEMPTS)), name }
    }

    pub(crate) async fn read(&self) -> Result<String, ParameterError> {
        let output = self.client.get_parameter().name(&self.name).with_decryption(true).send().await?;
        let value = output.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        Ok(value.trim().to_owned())
    }
}

impl From<SdkError<GetParameterError>> for ParameterError {
    fn from(error: SdkError<GetParameterError>) -> Self {
        let SdkError::ServiceError(service) = &error else {
            return Self::Unavailable("no response".into());
        };
        let code = service.err().meta().code().unwrap_or("unknown");
        if service.err().is_parameter_not_found() {
            Self::NotFound
        } else if service.raw().status().is_server_error() || code.contains("Throttl") {
            Self::Unavailable(code.into())
        } else {
            Self::Refused(code.into())
        }
    }
}
