//! `AWS::Serverless::Function`: its properties, events and policies.

use crate::template::keys::Keys;

pub(super) const FUNCTION: Keys = Keys::new(
    "AWS::Serverless::Function",
    "Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties AutoPublishCodeSha256 \
     CapacityProviderConfig CodeSigningConfigArn CodeUri DeadLetterQueue DeploymentPreference Description DurableConfig \
     Environment EphemeralStorage EventInvokeConfig Events FileSystemConfigs FunctionName FunctionScalingConfig \
     FunctionUrlConfig Handler ImageConfig ImageUri InlineCode KmsKeyArn Layers LoggingConfig MemorySize PackageType \
     PermissionsBoundary Policies PropagateTags ProvisionedConcurrencyConfig PublishToLatestPublished RecursiveLoop \
     ReservedConcurrentExecutions Role RolePath Runtime RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags \
     TenancyConfig Timeout Tracing VersionDeletionPolicy VersionDescription VpcConfig",
)
.with(&[
    ("AssumeRolePolicyDocument", POLICY_DOCUMENT),
    ("DeploymentPreference", DEPLOYMENT_PREFERENCE),
    ("Environment", ENVIRONMENT),
    ("Events", Keys::each(&[("*", EVENT)])),
    ("LoggingConfig", LOGGING),
    ("Policies", POLICY),
]);

pub(super) const DEPLOYMENT_PREFERENCE: Keys =
    Keys::new("DeploymentPreference", "Alarms Enabled Hooks PassthroughCondition Role TriggerConfigurations Type")
        .with(&[("Hooks", Keys::new("Hooks", "PostTraffic PreTraffic"))]);

pub(super) const ENVIRONMENT: Keys = Keys::new("Environment", "Variables");

pub(super) const LOGGING: Keys = Keys::new("LoggingConfig", "ApplicationLogLevel LogFormat LogGroup SystemLogLevel")
    .with(&[
        ("ApplicationLogLevel", Keys::one_of("DEBUG ERROR FATAL INFO TRACE WARN")),
        ("LogFormat", Keys::one_of("JSON Text")),
        ("SystemLogLevel", Keys::one_of("DEBUG INFO WARN")),
    ]);

/// An event. An event of an unknown type is refused by the reader of functions.
const EVENT: Keys = Keys::new("an event", "Properties Type").with_types(&[
    ("Api", REST_API_EVENT),
    ("HttpApi", HTTP_API_EVENT),
    ("DynamoDB", DYNAMODB_EVENT),
    ("Schedule", SCHEDULE_EVENT),
    ("ScheduleV2", SCHEDULE_V2_EVENT),
]);

const REST_API_EVENT: Keys = Keys::new(
    "an Api event",
    "Auth Method Path RequestModel RequestParameters ResponseTransferMode RestApiId Stage TimeoutInMillis",
)
.with(&[("ResponseTransferMode", Keys::one_of("BUFFERED RESPONSE_STREAM"))]);

const HTTP_API_EVENT: Keys =
    Keys::new("an HttpApi event", "ApiId Auth Method Path PayloadFormatVersion RouteSettings Stage TimeoutInMillis");

/// SAM's translator has one list for every source that Lambda polls. Those of queues and brokers are left out.
const DYNAMODB_EVENT: Keys = Keys::new(
    "a DynamoDB event",
    "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled FilterCriteria FunctionResponseTypes KmsKeyArn \
     LoggingConfig MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig \
     ParallelizationFactor StartingPosition StartingPositionTimestamp Stream TumblingWindowInSeconds",
)
.with(&[
    ("FunctionResponseTypes", Keys::one_of("ReportBatchItemFailures")),
    ("StartingPosition", Keys::one_of("AT_TIMESTAMP LATEST TRIM_HORIZON")),
    (
        "DestinationConfig",
        Keys::new("DestinationConfig", "OnFailure").with(&[("OnFailure", Keys::new("OnFailure", "Destination Type"))]),
    ),
    ("FilterCriteria", Keys::new("FilterCriteria", "Filters").with(&[("Filters", Keys::new("a filter", "Pattern"))])),
]);

const SCHEDULE_EVENT: Keys = Keys::new(
    "a Schedule event",
    "DeadLetterConfig Description Enabled Input Name RetryPolicy RuleName Schedule State",
)
.with(&[("DeadLetterConfig", DEAD_LETTERS), ("RetryPolicy", RETRY_POLICY), ("State", STATE)]);

const SCHEDULE_V2_EVENT: Keys = Keys::new(
    "a ScheduleV2 event",
    "DeadLetterConfig Description EndDate FlexibleTimeWindow GroupName Input KmsKeyArn Name OmitName PermissionsBoundary \
     RetryPolicy RoleArn ScheduleExpression ScheduleExpressionTimezone StartDate State",
)
.with(&[
    ("DeadLetterConfig", DEAD_LETTERS),
    ("FlexibleTimeWindow", Keys::new("FlexibleTimeWindow", "MaximumWindowInMinutes Mode")),
    ("RetryPolicy", RETRY_POLICY),
    ("State", STATE),
]);

const STATE: Keys = Keys::one_of("DISABLED ENABLED");

const DEAD_LETTERS: Keys = Keys::new("DeadLetterConfig", "Arn QueueLogicalId Type");

const RETRY_POLICY: Keys = Keys::new("RetryPolicy", "MaximumEventAgeInSeconds MaximumRetryAttempts");

/// A policy document, or one of SAM's policy templates.
const POLICY: Keys = Keys::new(
    "a policy",
    "Id Statement Version \
     AMIDescribePolicy AWSSecretsManagerGetSecretValuePolicy AWSSecretsManagerRotationPolicy AcmGetCertificatePolicy \
     AthenaQueryPolicy CloudFormationDescribeStacksPolicy CloudWatchDashboardPolicy CloudWatchDescribeAlarmHistoryPolicy \
     CloudWatchPutMetricPolicy CodeCommitCrudPolicy CodeCommitReadPolicy CodePipelineLambdaExecutionPolicy \
     CodePipelineReadOnlyPolicy ComprehendBasicAccessPolicy CostExplorerReadOnlyPolicy DynamoDBBackupFullAccessPolicy \
     DynamoDBCrudPolicy DynamoDBReadPolicy DynamoDBReconfigurePolicy DynamoDBRestoreFromBackupPolicy \
     DynamoDBStreamReadPolicy DynamoDBWritePolicy EC2CopyImagePolicy EC2DescribePolicy EFSWriteAccessPolicy \
     EKSDescribePolicy EcsRunTaskPolicy ElasticMapReduceAddJobFlowStepsPolicy ElasticMapReduceCancelStepsPolicy \
     ElasticMapReduceModifyInstanceFleetPolicy ElasticMapReduceModifyInstanceGroupsPolicy \
     ElasticMapReduceSetTerminationProtectionPolicy ElasticMapReduceTerminateJobFlowsPolicy ElasticsearchHttpPostPolicy \
     EventBridgePutEventsPolicy FilterLogEventsPolicy FirehoseCrudPolicy FirehoseWritePolicy KMSDecryptPolicy \
     KMSEncryptPolicy KMSEncryptPolicy_v2 KinesisCrudPolicy KinesisStreamReadPolicy LambdaInvokePolicy \
     MobileAnalyticsWriteOnlyAccessPolicy OrganizationsListAccountsPolicy PinpointEndpointAccessPolicy \
     PollyFullAccessPolicy RekognitionDetectOnlyPolicy RekognitionFacesManagementPolicy RekognitionFacesPolicy \
     RekognitionLabelsPolicy RekognitionNoDataAccessPolicy RekognitionReadPolicy RekognitionWriteOnlyAccessPolicy \
     Route53ChangeResourceRecordSetsPolicy S3CrudPolicy S3FullAccessPolicy S3ReadPolicy S3WritePolicy \
     SESBulkTemplatedCrudPolicy SESBulkTemplatedCrudPolicy_v2 SESCrudPolicy SESEmailTemplateCrudPolicy \
     SESSendBouncePolicy SNSCrudPolicy SNSPublishMessagePolicy SQSPollerPolicy SQSSendMessagePolicy \
     SSMParameterReadPolicy SSMParameterWithSlashPrefixReadPolicy SageMakerCreateEndpointConfigPolicy \
     SageMakerCreateEndpointPolicy ServerlessRepoReadWriteAccessPolicy StepFunctionsCallbackPolicy \
     StepFunctionsExecutionPolicy StepFunctionsExecutionPolicy_v2 TextractDetectAnalyzePolicy TextractGetResultPolicy \
     TextractPolicy VPCAccessPolicy",
)
.with(&[("Statement", STATEMENT)]);

pub(super) const POLICY_DOCUMENT: Keys =
    Keys::new("a policy document", "Id Statement Version").with(&[("Statement", STATEMENT)]);

const STATEMENT: Keys = Keys::new(
    "a policy statement",
    "Action Condition Effect NotAction NotPrincipal NotResource Principal Resource Sid",
)
.with(&[("Effect", Keys::one_of("Allow Deny")), ("NotPrincipal", PRINCIPAL), ("Principal", PRINCIPAL)]);

const PRINCIPAL: Keys = Keys::new("a principal", "AWS CanonicalUser Federated Service");
