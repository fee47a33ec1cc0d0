//! The names that a reference can have.

use crate::template::{
    known,
    node::{MapEntry, Node},
    scope::Scope,
    websocket_api::capitalized,
};

/// The intrinsic functions, and those of `Rules` (CloudFormation, "Intrinsic function reference", "Rule functions").
pub(super) const FUNCTIONS: &str = "And Base64 Cidr Condition Contains EachMemberEquals EachMemberIn Equals FindInMap GetAtt GetAZs \
    GetStackOutput If ImportValue Join Length Not Or Ref RefAll Select Split Sub ToJsonString Transform ValueOf \
    ValueOfAll";

/// CloudFormation, "Pseudo parameters reference".
pub(super) const PSEUDO_PARAMETERS: &str = "AWS::AccountId AWS::NoValue AWS::NotificationARNs AWS::Partition AWS::Region \
    AWS::StackId AWS::StackName AWS::URLSuffix";

/// The resources that SAM makes of a resource, and to which `!Ref <id>.<name>` refers (SAM, "Generated resources").
const REFERABLE: &str = "Alias Deployment DestinationQueue DestinationTopic DomainName Stage Version";

/// The beginnings of what SAM appends to the id of a resource for the resources that it makes of it.
const GENERATED: [&str; 9] = [
    "Alias",
    "ApiGatewayDefaultStage",
    "Deployment",
    "DestinationQueue",
    "DestinationTopic",
    "EventInvokeConfig",
    "Role",
    "Url",
    "Version",
];

/// The ids that SAM gives to resources of the whole stack.
const GENERATED_IDS: [&str; 4] =
    ["CodeDeployServiceRole", "ServerlessDeploymentApplication", "ServerlessHttpApi", "ServerlessRestApi"];

/// The names that a reference can have.
pub(super) struct Names<'a> {
    pub(super) parameters: Vec<&'a str>,
    pub(super) resources: Vec<&'a str>,
    pub(super) conditions: Vec<&'a str>,
    pub(super) mappings: Vec<&'a str>,
    scope: &'a Scope<'a>,
}

impl<'a> Names<'a> {
    pub(super) fn new(scope: &'a Scope<'a>) -> Self {
        Self {
            parameters: scope.names("Parameters"),
            resources: scope.names("Resources"),
            conditions: scope.names("Conditions"),
            mappings: scope.names("Mappings"),
            scope,
        }
    }

    pub(super) fn is_parameter(&self, name: &str) -> bool {
        self.parameters.contains(&name) || has_word(PSEUDO_PARAMETERS, name)
    }

    /// Returns the attributes that `!GetAtt` can return of a resource. `None` if they are not known.
    pub(super) fn attributes(&self, id: &str) -> Option<Vec<&'static str>> {
        known::attributes(&self.resource(id)?.node)
    }

    /// Returns whether SAM makes a resource of this one to which `<id>.<name>` refers.
    pub(super) fn is_referable(&self, id: &str, name: &str) -> bool {
        self.is_serverless(id) && has_word(REFERABLE, name)
    }

    /// Returns whether this is the id of a resource of the template, or of one that SAM makes.
    pub(super) fn is_resource(&self, id: &str) -> bool {
        let is_made = |owner: &&str| {
            id.strip_prefix(*owner).is_some_and(|made| {
                GENERATED.iter().any(|name| made.starts_with(name)) && self.is_serverless(owner)
                    || self.is_made_of_websocket_api(owner, made)
            })
        };
        self.resources.contains(&id)
            || GENERATED_IDS.iter().any(|generated| id.starts_with(generated))
            || self.resources.iter().any(is_made)
    }

    /// Returns whether SAM makes a resource with this end of its id of a WebSocket API: of a route, or its stage.
    fn is_made_of_websocket_api(&self, id: &str, made: &str) -> bool {
        let Some(api) = self.resource(id).filter(|_| self.kind(id).as_deref() == Some("AWS::Serverless::WebSocketApi"))
        else {
            return false;
        };
        let properties = api.node.get("Properties");
        let routes = properties.and_then(|properties| properties.get("Routes")).map_or(&[][..], Node::entries);
        let is_of_route = |route: &MapEntry| {
            let end = made.strip_prefix(capitalized(&route.key).as_str());
            matches!(end, Some("Integration" | "Permission" | "Route"))
        };
        made.ends_with("Stage") || routes.iter().any(is_of_route)
    }

    fn is_serverless(&self, id: &str) -> bool {
        self.kind(id).is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
    }

    fn kind(&self, id: &str) -> Option<String> {
        self.resource(id)?.node.get("Type")?.text()
    }

    fn resource(&self, id: &str) -> Option<&'a MapEntry> {
        self.scope.resources().iter().find(|resource| resource.key == id)
    }
}

/// Returns whether a list of names, separated by spaces, has this name.
fn has_word(names: &str, name: &str) -> bool {
    names.split(' ').any(|other| other == name)
}
