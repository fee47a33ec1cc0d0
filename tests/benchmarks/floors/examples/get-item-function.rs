//! A function that answers with one row of DynamoDB: the least that a function in Rust costs which reads the table. As
//! Usher's functions do, it opens its connection in Init.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use floors::answer;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = std::env::var("TABLE_NAME")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let mut config = aws_sdk_dynamodb::config::Builder::from(&config);
    config.set_endpoint_url(std::env::var("DYNAMODB_ENDPOINT_URL").ok());
    let client = Client::from_conf(config.build());
    let (client, table) = (&client, &table);
    let read = async || -> Result<Option<String>, Error> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let request = client.get_item().table_name(table).key("pk", text("USER#user_1")).key("sk", text("USER"));
        let row = request.consistent_read(true).send().await?.item.unwrap_or_default();
        Ok(row.get("clerk_user").and_then(|value| value.as_s().ok()).cloned())
    };
    let read = &read;
    read().await?;
    lambda_runtime::run(service_fn(async move |_: LambdaEvent<IgnoredAny>| {
        Ok::<_, Error>(answer(read().await?.as_deref()))
    }))
    .await
}
