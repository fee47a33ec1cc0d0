//! The configuration of AWS's clients in a function: where they find credentials and endpoints, and how often they try.
//!
//! `aws_config::defaults` looks for credentials in every place that AWS knows, so it links a client of STS, one of the
//! instance metadata, and parsers of profiles: a megabyte of code that no function runs. Lambda sets variables, and so do
//! `cargo dev`, `cargo lambda watch` and `sam local`.

use std::{env, time::Duration};

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    identity::IdentityCache, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use usher_http::HttpClient;

/// How often a client sends a request, at most.
#[derive(Debug, Clone, Copy)]
pub struct Attempts {
    /// The number of attempts, including the first.
    pub number: u32,
    /// The time for each of them.
    pub timeout: Duration,
    /// The longest wait before the second attempt. The longest wait doubles with each further attempt, and the wait
    /// itself is random.
    pub first_backoff: Duration,
}

/// Reads the configuration of a client from the variables that every AWS SDK has: `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL_<service>`, `AWS_ENDPOINT_URL`,
/// `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_SDK_UA_APP_ID`. A blank variable counts as unset.
///
/// `service` is the name of the service in the variable, as in `DYNAMODB`. If the credentials are missing, requests
/// fail.
pub fn sdk_config(service: &str, http: &HttpClient, attempts: Attempts) -> SdkConfig {
    sdk_config_of(|name| env::var(name).ok(), service, http, attempts)
}

fn sdk_config_of(
    variables: impl Fn(&str) -> Option<String>,
    service: &str,
    http: &HttpClient,
    attempts: Attempts,
) -> SdkConfig {
    let variable = |name: &str| variables(name).filter(|value| !value.trim().is_empty());
    let is_true = |name| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let retries = RetryConfig::standard().with_max_attempts(attempts.number);
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let endpoint = variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .identity_cache(IdentityCache::lazy().build())
        .credentials_provider(credentials)
        .http_client(http.for_sdk())
        .retry_config(retries.with_initial_backoff(attempts.first_backoff))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempts.timeout).build())
        .region(variable("AWS_REGION").map(Region::new))
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    config.set_endpoint_url(endpoint);
    config.set_app_name(variable("AWS_SDK_UA_APP_ID").and_then(|name| AppName::new(name).ok()));
    config.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> SdkConfig {
        let attempts =
            Attempts { number: 4, timeout: Duration::from_secs(3), first_backoff: Duration::from_millis(100) };
        let read = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        sdk_config_of(read, "DYNAMODB", &HttpClient::new(), attempts)
    }

    #[test]
    fn the_endpoint_of_the_service_goes_before_the_general_one() {
        let general = ("AWS_ENDPOINT_URL", "http://localhost:1");
        let own = ("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:2");
        assert_eq!(config(&[general, own]).endpoint_url(), Some("http://localhost:2"));
        assert_eq!(config(&[general, ("AWS_ENDPOINT_URL_SSM", "http://localhost:3")]).endpoint_url(), Some(general.1));
        assert_eq!(config(&[]).endpoint_url(), None);
    }

    #[test]
    fn a_blank_variable_counts_as_unset() {
        let blank = config(&[("AWS_ENDPOINT_URL_DYNAMODB", " "), ("AWS_REGION", ""), ("AWS_USE_FIPS_ENDPOINT", "")]);
        assert_eq!((blank.endpoint_url(), blank.region(), blank.use_fips()), (None, None, Some(false)));
        let set = config(&[("AWS_REGION", "eu-central-1"), ("AWS_USE_FIPS_ENDPOINT", "TRUE")]);
        assert_eq!((set.region().map(AsRef::as_ref), set.use_fips()), (Some("eu-central-1"), Some(true)));
    }

    #[test]
    fn a_request_has_the_attempts_that_its_client_allows() {
        let config = config(&[]);
        let retries = config.retry_config().unwrap();
        assert_eq!((retries.max_attempts(), retries.initial_backoff()), (4, Duration::from_millis(100)));
        let timeout = config.timeout_config().unwrap().operation_attempt_timeout();
        assert_eq!(timeout, Some(Duration::from_secs(3)));
    }
}
