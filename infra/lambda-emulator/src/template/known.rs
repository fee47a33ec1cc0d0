//! The names of properties that SAM and CloudFormation have, so that a misspelt one is refused with its line.
//!
//! The lists are complete, although the emulator reads few of the properties: a template that SAM accepts must be
//! accepted here too. Source: `property_types` of the resources and events in SAM's translator (aws-sam-translator, in
//! the SAM CLI 1.170), and CloudFormation's schema of the table in cfn-lint 1.58.

use crate::template::{error::TemplateError, property::Property};

const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The attributes that a resource can have beside its properties. `Connectors` and `IgnoreGlobals` are SAM's.
const ATTRIBUTES: [&str; 11] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// The resource types of SAM. CloudFormation has too many types to list.
const SERVERLESS: [&str; 11] = [
    "AWS::Serverless::Api",
    "AWS::Serverless::Application",
    "AWS::Serverless::CapacityProvider",
    "AWS::Serverless::Connector",
    "AWS::Serverless::Function",
    "AWS::Serverless::GraphQLApi",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::WebSocketApi",
];

const FUNCTION: [&str; 49] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Events",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionScalingConfig",
    "FunctionUrlConfig",
    "Handler",
    "ImageConfig",
    "ImageUri",
    "InlineCode",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "Tags",
    "TenancyConfig",
    "Timeout",
    "Tracing",
    "VersionDeletionPolicy",
    "VersionDescription",
    "VpcConfig",
];

const HTTP_API: [&str; 16] = [
    "AccessLogSettings",
    "Auth",
    "CorsConfiguration",
    "DefaultRouteSettings",
    "DefinitionBody",
    "DefinitionUri",
    "Description",
    "DisableExecuteApiEndpoint",
    "Domain",
    "FailOnWarnings",
    "Name",
    "PropagateTags",
    "RouteSettings",
    "StageName",
    "StageVariables",
    "Tags",
];

const CORS: [&str; 6] = ["AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders", "MaxAge"];

const HTTP_API_EVENT: [&str; 8] =
    ["ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "Stage", "TimeoutInMillis"];

/// SAM's translator has one list for every source that Lambda polls. Those of queues and brokers are left out.
const DYNAMODB_EVENT: [&str; 17] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Stream",
    "TumblingWindowInSeconds",
];

const SCHEDULE_EVENT: [&str; 9] =
    ["DeadLetterConfig", "Description", "Enabled", "Input", "Name", "RetryPolicy", "RuleName", "Schedule", "State"];

const SCHEDULE_V2_EVENT: [&str; 16] = [
    "DeadLetterConfig",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "Input",
    "KmsKeyArn",
    "Name",
    "OmitName",
    "PermissionsBoundary",
    "RetryPolicy",
    "RoleArn",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
];

const TABLE: [&str; 21] = [
    "AttributeDefinitions",
    "BillingMode",
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "ImportSourceSpecification",
    "KeySchema",
    "KinesisStreamSpecification",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "TableName",
    "Tags",
    "TimeToLiveSpecification",
    "VectorIndexes",
    "WarmThroughput",
];

pub(super) fn check_sections(root: &Property<'_>) -> Result<(), TemplateError> {
    root.refuse_unknown("a template", &SECTIONS)
}

/// Checks the attributes of a resource and its type, but not its properties.
pub(super) fn check_resource(resource: &Property<'_>) -> Result<(), TemplateError> {
    resource.refuse_unknown("a resource", &ATTRIBUTES)?;
    let kind = resource.require("Type")?;
    let name = kind.text()?;
    let is_known = if name.starts_with("AWS::Serverless") {
        SERVERLESS.contains(&name.as_str())
    } else {
        name.starts_with("Custom::") || name.split("::").count() >= 3
    };
    if is_known { Ok(()) } else { Err(kind.invalid("a resource type of SAM or CloudFormation")) }
}

/// Checks the properties of a function, or those of `Globals.Function`.
pub(super) fn check_function(properties: &Property<'_>) -> Result<(), TemplateError> {
    properties.refuse_unknown("AWS::Serverless::Function", &FUNCTION)?;
    check_member(properties, "Environment", "Environment", &["Variables"])
}

/// Checks an event of a function. An event of an unknown type is refused elsewhere.
pub(super) fn check_event(event: &Property<'_>) -> Result<(), TemplateError> {
    event.refuse_unknown("an event", &["Properties", "Type"])?;
    match event.require("Type")?.text()?.as_str() {
        "HttpApi" => check_member(event, "Properties", "an HttpApi event", &HTTP_API_EVENT),
        "DynamoDB" => check_member(event, "Properties", "a DynamoDB event", &DYNAMODB_EVENT),
        "Schedule" => check_member(event, "Properties", "a Schedule event", &SCHEDULE_EVENT),
        "ScheduleV2" => check_member(event, "Properties", "a ScheduleV2 event", &SCHEDULE_V2_EVENT),
        _ => Ok(()),
    }
}

pub(super) fn check_http_api(api: &Property<'_>) -> Result<(), TemplateError> {
    check_member(api, "Properties", "AWS::Serverless::HttpApi", &HTTP_API)?;
    match api.get("Properties")? {
        Some(properties) => check_member(&properties, "CorsConfiguration", "CorsConfiguration", &CORS),
        None => Ok(()),
    }
}

pub(super) fn check_table(table: &Property<'_>) -> Result<(), TemplateError> {
    check_member(table, "Properties", "AWS::DynamoDB::Table", &TABLE)
}

/// Checks the members of one member, if it is there and not the result of an intrinsic function.
fn check_member(parent: &Property<'_>, key: &str, kind: &'static str, known: &[&str]) -> Result<(), TemplateError> {
    parent.get(key)?.map_or(Ok(()), |member| member.refuse_unknown(kind, known))
}
