//! The creation of the table through the AWS SDK, with the same calls for dynoxide, DynamoDB Local and AWS.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, SdkError},
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        StreamSpecification, StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use lambda_emulator::{
    error_chain,
    template::{Key, KeyKind, SecondaryIndex, Table},
};

use crate::dynamodb::error::EngineError;

/// The pause between two looks at a table that is being created.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The maximum number of looks.
const MAX_POLLS: usize = 300;

/// Creates the table unless it exists, and enables its time to live. Returns whether it was created.
///
/// # Errors
/// [`EngineError::Request`] if a call failed, [`EngineError::TableDiffers`] if a table of this name differs from the
/// template's.
pub async fn ensure_table(client: &Client, endpoint: &str, table: &Table) -> Result<bool, EngineError> {
    let failed = |operation, reason| EngineError::Request { operation, endpoint: endpoint.to_owned(), reason };
    let created = match create_table(client, table).await.map_err(|error| failed("CreateTable", error.to_string()))? {
        Ok(()) => true,
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => false,
        Err(error) => return Err(failed("CreateTable", error_chain(&error))),
    };
    let mut polls = 0;
    let description = loop {
        let output = client.describe_table().table_name(&table.name).send().await;
        let output = output.map_err(|error| failed("DescribeTable", error_chain(&error)))?;
        polls += 1;
        match output.table {
            Some(description) if description.table_status() == Some(&TableStatus::Active) => break description,
            _ if polls >= MAX_POLLS => {
                return Err(failed("DescribeTable", "the table does not become ACTIVE".to_owned()));
            }
            _ => tokio::time::sleep(POLL_INTERVAL).await,
        }
    };
    if let Some(what) = difference(table, &description) {
        return Err(EngineError::TableDiffers { table: table.name.clone(), endpoint: endpoint.to_owned(), what });
    }
    if let Some(attribute) = &table.ttl_attribute {
        enable_ttl(client, &table.name, attribute).await.map_err(|reason| failed("UpdateTimeToLive", reason))?;
    }
    Ok(created)
}

/// Sends `CreateTable`.
async fn create_table(client: &Client, table: &Table) -> Result<Result<(), SdkError<CreateTableError>>, BuildError> {
    let mut request = client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in &table.attributes {
        let definition =
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind.as_str().into()).build()?;
        request = request.attribute_definitions(definition);
    }
    request = request.set_key_schema(Some(key_schema(&table.key)?));
    for index in &table.indexes {
        request = request.global_secondary_indexes(secondary_index(index)?);
    }
    if let Some(view) = &table.stream_view_type {
        let view = StreamViewType::from(view.as_str());
        request = request
            .stream_specification(StreamSpecification::builder().stream_enabled(true).stream_view_type(view).build()?);
    }
    Ok(request.send().await.map(drop))
}

fn secondary_index(index: &SecondaryIndex) -> Result<GlobalSecondaryIndex, BuildError> {
    let mut projection = Projection::builder().projection_type(ProjectionType::from(index.projection.as_str()));
    for attribute in &index.projected_attributes {
        projection = projection.non_key_attributes(attribute);
    }
    GlobalSecondaryIndex::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key_schema(&index.key)?))
        .projection(projection.build())
        .build()
}

fn key_schema(key: &[Key]) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |key: &Key| {
        let kind = match key.kind {
            KeyKind::Hash => KeyType::Hash,
            KeyKind::Range => KeyType::Range,
        };
        KeySchemaElement::builder().attribute_name(&key.attribute).key_type(kind).build()
    };
    key.iter().map(element).collect()
}

/// Returns the part of an existing table that differs from the template. Without this check, a changed template on old
/// data would lead to confusing errors.
fn difference(table: &Table, found: &TableDescription) -> Option<&'static str> {
    let attributes =
        |key: &[KeySchemaElement]| key.iter().map(|element| element.attribute_name().to_owned()).collect::<Vec<_>>();
    let wanted = |key: &[Key]| key.iter().map(|key| key.attribute.clone()).collect::<Vec<_>>();
    let indexes: BTreeSet<_> = found
        .global_secondary_indexes()
        .iter()
        .map(|index| (index.index_name().unwrap_or_default().to_owned(), attributes(index.key_schema())))
        .collect();
    let wanted_indexes: BTreeSet<_> =
        table.indexes.iter().map(|index| (index.name.clone(), wanted(&index.key))).collect();
    let stream = found.stream_specification().and_then(|stream| stream.stream_view_type()).map(StreamViewType::as_str);
    if attributes(found.key_schema()) != wanted(&table.key) {
        Some("key")
    } else if indexes != wanted_indexes {
        Some("set of indexes")
    } else if stream != table.stream_view_type.as_deref() {
        Some("stream")
    } else {
        None
    }
}

async fn enable_ttl(client: &Client, table: &str, attribute: &str) -> Result<(), String> {
    let output = client.describe_time_to_live().table_name(table).send().await;
    let output = output.map_err(|error| error_chain(&error))?;
    let status = output.time_to_live_description().and_then(|description| description.time_to_live_status());
    // DynamoDB refuses to enable it twice.
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build();
    let specification = specification.map_err(|error| error.to_string())?;
    let output = client.update_time_to_live().table_name(table).time_to_live_specification(specification).send().await;
    output.map(drop).map_err(|error| error_chain(&error))
}
