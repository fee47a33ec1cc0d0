//! The configuration of AWS's clients in a function.
//!
//! `aws_config::defaults` looks for credentials in every place that AWS knows, so it links a client of STS, one of the
//! instance metadata, and parsers of profiles: a megabyte of code that no function runs. Lambda sets variables, and so do
//! `cargo dev`, `cargo lambda watch` and `sam local`.

use std::env;

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    identity::IdentityCache,
};
use aws_credential_types::provider::SharedCredentialsProvider;

/// Reads the configuration of a client from the variables that every AWS SDK has: `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL_<service>`, `AWS_ENDPOINT_URL`,
/// `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_SDK_UA_APP_ID`. A blank variable counts as unset.
///
/// `service` is the name of the service in the variable, as in `DYNAMODB`. If the credentials are missing, requests
/// fail.
pub fn sdk_config(service: &str) -> SdkConfig {
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let endpoint = variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .identity_cache(IdentityCache::lazy().build())
        .credentials_provider(credentials)
        .region(variable("AWS_REGION").map(Region::new))
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    config.set_endpoint_url(endpoint);
    config.set_app_name(variable("AWS_SDK_UA_APP_ID").and_then(|name| AppName::new(name).ok()));
    config.build()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn is_true(name: &str) -> bool {
    variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}
