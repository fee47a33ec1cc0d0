//! `AWS::Serverless::HttpApi`, and the domain of an HTTP API.

use crate::template::keys::Keys;

pub(super) const HTTP_API: Keys = Keys::new(
    "AWS::Serverless::HttpApi",
    "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings DefinitionBody DefinitionUri Description \
     DisableExecuteApiEndpoint Domain FailOnWarnings Name PropagateTags RouteSettings StageName StageVariables Tags",
)
.with(&[
    ("AccessLogSettings", Keys::new("AccessLogSettings", "DestinationArn Format")),
    ("CorsConfiguration", CORS),
    ("DefaultRouteSettings", ROUTE_SETTINGS),
    ("RouteSettings", Keys::each(&[("*", ROUTE_SETTINGS)])),
]);

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
