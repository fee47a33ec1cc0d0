//! The sections of a template beside `Resources`.

use crate::template::{
    keys::Keys,
    known::{
        api::{CORS, ROUTE_SETTINGS},
        function::{DEPLOYMENT_PREFERENCE, ENVIRONMENT, LOGGING},
    },
};

pub(super) const TEMPLATE: Keys = Keys::new(
    "a template",
    "AWSTemplateFormatVersion Conditions Description Globals Hooks Mappings Metadata Outputs Parameters Resources Rules \
     Transform",
);

/// The sections whose members are checked.
pub(super) const SECTIONS: [(&str, Keys); 4] = [
    ("Globals", GLOBALS),
    ("Outputs", Keys::each(&[("*", OUTPUT)])),
    ("Parameters", Keys::each(&[("*", PARAMETER)])),
    ("Rules", Keys::each(&[("*", RULE)])),
];

const GLOBALS: Keys =
    Keys::new("Globals", "Api CapacityProvider Function HttpApi LayerVersion MicrovmImage NetworkConnector SimpleTable StateMachine WebSocketApi")
        .with(&[
            ("Function", GLOBAL_FUNCTION),
            ("HttpApi", GLOBAL_HTTP_API),
            ("WebSocketApi", GLOBAL_WEBSOCKET_API),
        ]);

/// Some properties of a function cannot be in `Globals`.
const GLOBAL_FUNCTION: Keys = Keys::new(
    "Globals.Function",
    "Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties CapacityProviderConfig \
     CodeSigningConfigArn CodeUri DeadLetterQueue DeploymentPreference Description DurableConfig Environment \
     EphemeralStorage EventInvokeConfig FileSystemConfigs FunctionScalingConfig FunctionUrlConfig Handler KmsKeyArn \
     Layers LoggingConfig MemorySize PermissionsBoundary PropagateTags ProvisionedConcurrencyConfig \
     PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions RolePath Runtime RuntimeManagementConfig \
     SnapStart SourceKMSKeyArn Tags TenancyConfig Timeout Tracing VersionDeletionPolicy VpcConfig",
)
.with(&[("DeploymentPreference", DEPLOYMENT_PREFERENCE), ("Environment", ENVIRONMENT), ("LoggingConfig", LOGGING)]);

const GLOBAL_HTTP_API: Keys = Keys::new(
    "Globals.HttpApi",
    "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings Domain FailOnWarnings PropagateTags RouteSettings \
     StageVariables Tags",
)
.with(&[("CorsConfiguration", CORS), ("DefaultRouteSettings", ROUTE_SETTINGS)]);

const GLOBAL_WEBSOCKET_API: Keys = Keys::new(
    "Globals.WebSocketApi",
    "AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint DisableSchemaValidation \
     Domain IpAddressType PropagateTags RouteSelectionExpression RouteSettings StageVariables Tags",
)
.with(&[("DefaultRouteSettings", ROUTE_SETTINGS)]);

const OUTPUT: Keys =
    Keys::new("an output", "Condition Description Export Value").with(&[("Export", Keys::new("Export", "Name"))]);

const PARAMETER: Keys = Keys::new(
    "a parameter",
    "AllowedPattern AllowedValues ConstraintDescription Default Description MaxLength MaxValue MinLength MinValue NoEcho \
     Type",
)
.with(&[("Type", Keys::one_of("String Number CommaDelimitedList List<Number> AWS::* List<AWS::*"))]);

const RULE: Keys = Keys::new("a rule", "Assertions RuleCondition")
    .with(&[("Assertions", Keys::new("an assertion", "Assert AssertDescription"))]);
