//! `AWS::Serverless::Api`, `AWS::Serverless::HttpApi` and `AWS::Serverless::WebSocketApi`, and what belongs to them.

use crate::template::keys::Keys;

pub(super) const REST_API: Keys = Keys::new(
    "AWS::Serverless::Api",
    "AccessLogSetting AlwaysDeploy ApiKeySourceType Auth BinaryMediaTypes CacheClusterEnabled CacheClusterSize \
     CanarySetting Cors DefinitionBody DefinitionUri Description DisableExecuteApiEndpoint Domain EndpointAccessMode \
     EndpointConfiguration FailOnWarnings GatewayResponses MergeDefinitions MethodSettings MinimumCompressionSize Mode \
     Models Name OpenApiVersion Policy PropagateTags SecurityPolicy StageName Tags TracingEnabled Variables",
)
.with(&[
    ("AccessLogSetting", ACCESS_LOG),
    ("Cors", Keys::new("Cors", "AllowCredentials AllowHeaders AllowMethods AllowOrigin MaxAge")),
    ("EndpointConfiguration", Keys::new("EndpointConfiguration", "IpAddressType Type VPCEndpointIds")),
    ("GatewayResponses", Keys::each(&[("*", GATEWAY_RESPONSE)])),
    ("MethodSettings", METHOD_SETTING),
]);

const GATEWAY_RESPONSE: Keys = Keys::new("a gateway response", "ResponseParameters ResponseTemplates StatusCode")
    .with(&[("ResponseParameters", Keys::new("ResponseParameters", "Headers Paths QueryStrings"))]);

const METHOD_SETTING: Keys = Keys::new(
    "a method setting",
    "CacheDataEncrypted CacheTtlInSeconds CachingEnabled DataTraceEnabled HttpMethod LoggingLevel MetricsEnabled \
     ResourcePath ThrottlingBurstLimit ThrottlingRateLimit",
);

pub(super) const HTTP_API: Keys = Keys::new(
    "AWS::Serverless::HttpApi",
    "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings DefinitionBody DefinitionUri Description \
     DisableExecuteApiEndpoint Domain FailOnWarnings Name PropagateTags RouteSettings StageName StageVariables Tags",
)
.with(&[
    ("AccessLogSettings", ACCESS_LOG),
    ("CorsConfiguration", CORS),
    ("DefaultRouteSettings", ROUTE_SETTINGS),
    ("RouteSettings", Keys::each(&[("*", ROUTE_SETTINGS)])),
]);

pub(super) const WEBSOCKET_API: Keys = Keys::new(
    "AWS::Serverless::WebSocketApi",
    "AccessLogSettings ApiKeySelectionExpression Auth DefaultRouteSettings Description DisableExecuteApiEndpoint \
     DisableSchemaValidation Domain IpAddressType Name PropagateTags RouteSelectionExpression RouteSettings Routes \
     StageName StageVariables Tags",
)
.with(&[
    ("AccessLogSettings", ACCESS_LOG),
    ("DefaultRouteSettings", ROUTE_SETTINGS),
    ("IpAddressType", Keys::one_of("dualstack ipv4")),
    ("RouteSettings", Keys::each(&[("*", ROUTE_SETTINGS)])),
    ("Routes", Keys::each(&[("*", WEBSOCKET_ROUTE)])),
]);

const WEBSOCKET_ROUTE: Keys = Keys::new(
    "a route of a WebSocket API",
    "ApiKeyRequired FunctionArn IntegrationTimeout ModelSelectionExpression OperationName RequestModels \
     RequestParameters RouteResponseSelectionExpression",
)
.with(&[("RouteResponseSelectionExpression", Keys::one_of("$default"))]);

pub(super) const ROUTE_RESPONSE: Keys = Keys::new(
    "AWS::ApiGatewayV2::RouteResponse",
    "ApiId ModelSelectionExpression ResponseModels ResponseParameters RouteId RouteResponseKey",
)
.with(&[("RouteResponseKey", Keys::one_of("$default"))]);

const ACCESS_LOG: Keys = Keys::new("AccessLogSettings", "DestinationArn Format");

pub(super) const CORS: Keys =
    Keys::new("CorsConfiguration", "AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge")
        .with(&[("AllowMethods", Keys::one_of("* DELETE GET HEAD OPTIONS PATCH POST PUT"))]);

pub(super) const ROUTE_SETTINGS: Keys = Keys::new(
    "the settings of a route",
    "DataTraceEnabled DetailedMetricsEnabled LoggingLevel ThrottlingBurstLimit ThrottlingRateLimit",
);

pub(super) const DOMAIN_NAME: Keys = Keys::new(
    "AWS::ApiGatewayV2::DomainName",
    "DomainName DomainNameConfigurations MutualTlsAuthentication RoutingMode Tags",
)
.with(&[(
    "DomainNameConfigurations",
    Keys::new(
        "the configuration of a domain name",
        "CertificateArn CertificateName EndpointType IpAddressType OwnershipVerificationCertificateArn SecurityPolicy",
    ),
)]);

pub(super) const API_MAPPING: Keys = Keys::new("AWS::ApiGatewayV2::ApiMapping", "ApiId ApiMappingKey DomainName Stage");
