//! Clients with the local region and credentials.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::{Client, config::Credentials};
use lambda_emulator::REGION;

use crate::credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// Returns a client for `endpoint`. It has the region and the dummy credentials that the functions have too, because
/// DynamoDB Local keeps a database for each region and access key.
pub async fn client(endpoint: &str) -> Client {
    Client::new(&sdk_config(endpoint).await)
}

/// Returns the SDK configuration for `endpoint`.
pub(crate) async fn sdk_config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "local");
    // Everything is set explicitly, so that nothing is read from this machine's AWS profile.
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .load()
        .await
}
