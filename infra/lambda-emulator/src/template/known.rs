//! The names that SAM and CloudFormation have, so that a misspelt one is refused with its line.
//!
//! The lists are complete, although the emulator reads few of the properties: a template that SAM accepts must be
//! accepted here too. Inner maps have a list if Usher's template uses them. Source: `property_types` of the resources
//! and events and `supported_properties` of `Globals` in SAM's translator (aws-sam-translator 1.115, in the SAM CLI
//! 1.170), and the schemas of CloudFormation's resources and sections in cfn-lint 1.58.

mod api;
mod function;
mod other_resources;
mod sections;
mod table;

use crate::template::{error::TemplateError, keys::Keys, node::Node, property::Property, scope::Scope};

/// The resource types of SAM. CloudFormation has too many types to list.
const SERVERLESS: &str = "AWS::Serverless::Api AWS::Serverless::Application AWS::Serverless::CapacityProvider \
    AWS::Serverless::Connector AWS::Serverless::Function AWS::Serverless::GraphQLApi AWS::Serverless::HttpApi \
    AWS::Serverless::LayerVersion AWS::Serverless::MicrovmImage AWS::Serverless::NetworkConnector \
    AWS::Serverless::SimpleTable AWS::Serverless::StateMachine AWS::Serverless::WebFunction AWS::Serverless::WebSocketApi";

/// The attributes that a resource can have beside its properties. `Connectors` and `IgnoreGlobals` are SAM's.
const RESOURCE: Keys = Keys::new(
    "a resource",
    "Condition Connectors CreationPolicy DeletionPolicy DependsOn IgnoreGlobals Metadata Properties Type UpdatePolicy \
     UpdateReplacePolicy",
)
.with_types(&[
    ("AWS::Serverless::Function", function::FUNCTION),
    ("AWS::Serverless::Api", api::REST_API),
    ("AWS::Serverless::HttpApi", api::HTTP_API),
    ("AWS::Serverless::WebSocketApi", api::WEBSOCKET_API),
    ("AWS::ApiGatewayV2::DomainName", api::DOMAIN_NAME),
    ("AWS::ApiGatewayV2::ApiMapping", api::API_MAPPING),
    ("AWS::ApiGatewayV2::RouteResponse", api::ROUTE_RESPONSE),
    ("AWS::DynamoDB::Table", table::TABLE),
    ("AWS::AppConfig::Application", other_resources::CONFIGURATION_APPLICATION),
    ("AWS::AppConfig::ConfigurationProfile", other_resources::CONFIGURATION_PROFILE),
    ("AWS::AppConfig::HostedConfigurationVersion", other_resources::CONFIGURATION_VERSION),
    ("AWS::Budgets::Budget", other_resources::BUDGET),
    ("AWS::CloudFormation::Stack", other_resources::STACK),
    ("AWS::CloudWatch::Alarm", other_resources::ALARM),
    ("AWS::Logs::LogGroup", other_resources::LOG_GROUP),
    ("AWS::Logs::MetricFilter", other_resources::METRIC_FILTER),
    ("AWS::Route53::RecordSet", other_resources::RECORD_SET),
    ("AWS::SNS::Subscription", other_resources::SUBSCRIPTION),
    ("AWS::SNS::Topic", other_resources::TOPIC),
    ("AWS::SNS::TopicPolicy", other_resources::TOPIC_POLICY),
    ("AWS::SQS::Queue", other_resources::QUEUE),
]);

/// The attributes that `!GetAtt` returns, by resource type.
const RETURNED: [(&str, &str); 16] = [
    ("AWS::Serverless::Api", "RestApiId RootResourceId"),
    ("AWS::Serverless::Function", "Arn SnapStartResponse"),
    ("AWS::Serverless::HttpApi", "ApiEndpoint ApiId"),
    ("AWS::Serverless::WebSocketApi", "ApiEndpoint ApiId"),
    ("AWS::ApiGatewayV2::DomainName", "DomainNameArn RegionalDomainName RegionalHostedZoneId"),
    ("AWS::ApiGatewayV2::RouteResponse", "RouteResponseId"),
    ("AWS::DynamoDB::Table", "Arn StreamArn"),
    ("AWS::AppConfig::Application", "ApplicationId"),
    ("AWS::AppConfig::ConfigurationProfile", "ConfigurationProfileId KmsKeyArn"),
    ("AWS::AppConfig::HostedConfigurationVersion", "VersionNumber"),
    ("AWS::CloudFormation::Stack", "Outputs"),
    ("AWS::CloudWatch::Alarm", "Arn"),
    ("AWS::Logs::LogGroup", "Arn"),
    ("AWS::SNS::Subscription", "Arn"),
    ("AWS::SNS::Topic", "TopicArn TopicName"),
    ("AWS::SQS::Queue", "Arn QueueName QueueUrl"),
];

/// Checks the names in all sections of the template, and the types of its resources.
pub(super) fn check(scope: &Scope<'_>, root: &Property<'_>) -> Result<(), TemplateError> {
    sections::TEMPLATE.check(root)?;
    for entry in root.node().entries() {
        let keys = sections::SECTIONS.iter().find(|(name, _)| *name == entry.key);
        let section = Property::new(scope, &entry.key, entry.line, &entry.node);
        keys.map_or(Ok(()), |(_, keys)| keys.check(&section))?;
        if entry.key == "Parameters" {
            section.children().iter().try_for_each(check_default)?;
        }
    }
    for entry in scope.resources() {
        let resource = Property::new(scope, &entry.key, entry.line, &entry.node);
        RESOURCE.check(&resource)?;
        check_type(&resource.require("Type")?)?;
    }
    Ok(())
}

/// Refuses a `Default` of a parameter that is not among its `AllowedValues`.
fn check_default(parameter: &Property<'_>) -> Result<(), TemplateError> {
    let (Some(default), Some(allowed)) = (parameter.get("Default")?, parameter.get("AllowedValues")?) else {
        return Ok(());
    };
    let (default_text, allowed) = (default.text()?, allowed.texts()?);
    let known: Vec<&str> = allowed.iter().map(String::as_str).collect();
    if known.contains(&default_text.as_str()) { Ok(()) } else { Err(default.not_allowed(&default_text, &known)) }
}

fn check_type(kind: &Property<'_>) -> Result<(), TemplateError> {
    let name = kind.text()?;
    let serverless: Vec<&str> = SERVERLESS.split(' ').collect();
    let is_known = if name.starts_with("AWS::Serverless") {
        serverless.contains(&name.as_str())
    } else {
        name.starts_with("Custom::") || name.split("::").count() >= 3
    };
    if is_known { Ok(()) } else { Err(kind.unknown_type(&name, &serverless)) }
}

/// The attributes of a resource that `!GetAtt` can return. `None` if the resource's type has no list.
pub(super) fn attributes(resource: &Node) -> Option<Vec<&'static str>> {
    let kind = resource.get("Type")?.text()?;
    RETURNED.iter().find(|(name, _)| *name == kind).map(|(_, names)| names.split(' ').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_with_inner_keys_is_known() {
        RESOURCE.assert_consistent();
        sections::TEMPLATE.assert_consistent();
        sections::SECTIONS.iter().for_each(|(_, keys)| keys.assert_consistent());
    }
}
