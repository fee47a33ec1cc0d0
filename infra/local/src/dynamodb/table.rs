//! The table, through the AWS SDK: the same calls for dynoxide, DynamoDB Local and AWS.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, DisplayErrorContext, SdkError},
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        StreamSpecification, StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use lambda_emulator::template::{Key, KeyKind, SecondaryIndex, Table};

use super::EngineError;

/// How often, and how many times, a table that is being created is looked at.
const POLL: Duration = Duration::from_millis(100);
const POLLS: usize = 300;

/// Creates the table unless it exists, and enables its time to live. Answers whether it was created.
///
/// # Errors
/// [`EngineError::Request`] for a call that failed, [`EngineError::TableDiffers`] for a table of that name and another shape.
pub async fn ensure_table(client: &Client, endpoint: &str, table: &Table) -> Result<bool, EngineError> {
    let failed = |operation, reason| EngineError::Request { operation, endpoint: endpoint.to_owned(), reason };
    let created = match create(client, table).await.map_err(|error| failed("CreateTable", error.to_string()))? {
        Ok(()) => true,
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => false,
        Err(error) => return Err(failed("CreateTable", DisplayErrorContext(error).to_string())),
    };
    let mut polls = 0;
    let description = loop {
        let answer = client.describe_table().table_name(&table.name).send().await;
        let answer = answer.map_err(|error| failed("DescribeTable", DisplayErrorContext(error).to_string()))?;
        polls += 1;
        match answer.table {
            Some(description) if description.table_status() == Some(&TableStatus::Active) => break description,
            _ if polls >= POLLS => return Err(failed("DescribeTable", "the table does not become ACTIVE".to_owned())),
            _ => tokio::time::sleep(POLL).await,
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

async fn create(client: &Client, table: &Table) -> Result<Result<(), SdkError<CreateTableError>>, BuildError> {
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

/// What an existing table has differently, so that a changed template is not served on old data with confusing errors.
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
    let answer = client.describe_time_to_live().table_name(table).send().await;
    let answer = answer.map_err(|error| DisplayErrorContext(error).to_string())?;
    let status = answer.time_to_live_description().and_then(|description| description.time_to_live_status());
    // Enabling it twice is an error.
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build();
    let specification = specification.map_err(|error| error.to_string())?;
    let answer = client.update_time_to_live().table_name(table).time_to_live_specification(specification).send().await;
    answer.map(drop).map_err(|error| DisplayErrorContext(error).to_string())
}
