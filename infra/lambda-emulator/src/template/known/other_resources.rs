//! The resources of Usher's template that the emulator does not run.

use crate::template::{keys::Keys, known::function::POLICY_DOCUMENT};

pub(super) const CONFIGURATION_APPLICATION: Keys = Keys::new("AWS::AppConfig::Application", "Description Name Tags");

pub(super) const CONFIGURATION_PROFILE: Keys = Keys::new(
    "AWS::AppConfig::ConfigurationProfile",
    "ApplicationId DeletionProtectionCheck Description KmsKeyIdentifier LocationUri Name RetrievalRoleArn Tags Type \
     Validators",
);

pub(super) const CONFIGURATION_VERSION: Keys = Keys::new(
    "AWS::AppConfig::HostedConfigurationVersion",
    "ApplicationId ConfigurationProfileId Content ContentType Description LatestVersionNumber VersionLabel",
);

pub(super) const BUDGET: Keys = Keys::new("AWS::Budgets::Budget", "Budget NotificationsWithSubscribers ResourceTags")
    .with(&[
    (
        "Budget",
        Keys::new(
            "a budget",
            "AutoAdjustData BillingViewArn BudgetLimit BudgetName BudgetType CostFilters CostTypes FilterExpression \
                 Metrics PlannedBudgetLimits TimePeriod TimeUnit",
        )
        .with(&[("BudgetLimit", Keys::new("BudgetLimit", "Amount Unit"))]),
    ),
    (
        "NotificationsWithSubscribers",
        Keys::new("a notification with subscribers", "Notification Subscribers").with(&[
            (
                "Notification",
                Keys::new("a notification", "ComparisonOperator NotificationType Threshold ThresholdType"),
            ),
            ("Subscribers", Keys::new("a subscriber", "Address SubscriptionType")),
        ]),
    ),
]);

/// The stack's own template is not read, so the names of its parameters are not checked.
pub(super) const STACK: Keys =
    Keys::new("AWS::CloudFormation::Stack", "NotificationARNs Parameters Tags TemplateURL TimeoutInMinutes");

const DIMENSION: Keys = Keys::new("a dimension", "Name Value");

pub(super) const ALARM: Keys = Keys::new(
    "AWS::CloudWatch::Alarm",
    "ActionConfiguration ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions \
     EvaluateLowSampleCountPercentile EvaluationCriteria EvaluationInterval EvaluationPeriods EvaluationWindow ExtendedStatistic \
     InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId \
     TreatMissingData Unit WarmUpConfiguration",
)
.with(&[
    ("Dimensions", DIMENSION),
    (
        "Metrics",
        Keys::new("a metric of an alarm", "AccountId Expression Id Label MetricStat Period ReturnData").with(&[(
            "MetricStat",
            Keys::new("MetricStat", "Metric Period Stat Unit").with(&[(
                "Metric",
                Keys::new("Metric", "Dimensions MetricName Namespace").with(&[("Dimensions", DIMENSION)]),
            )]),
        )]),
    ),
]);

pub(super) const LOG_GROUP: Keys = Keys::new(
    "AWS::Logs::LogGroup",
    "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId \
     LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags",
);

pub(super) const METRIC_FILTER: Keys = Keys::new(
    "AWS::Logs::MetricFilter",
    "ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName FilterPattern LogGroupName \
     MetricTransformations",
)
.with(&[(
    "MetricTransformations",
    Keys::new("a metric transformation", "DefaultValue Dimensions MetricName MetricNamespace MetricValue Unit"),
)]);

pub(super) const RECORD_SET: Keys = Keys::new(
    "AWS::Route53::RecordSet",
    "AliasTarget CidrRoutingConfig Comment Failover GeoLocation GeoProximityLocation HealthCheckId HostedZoneId \
     HostedZoneName MultiValueAnswer Name Region ResourceRecords SetIdentifier TTL Type Weight",
)
.with(&[("AliasTarget", Keys::new("AliasTarget", "DNSName EvaluateTargetHealth HostedZoneId"))]);

pub(super) const SUBSCRIPTION: Keys = Keys::new(
    "AWS::SNS::Subscription",
    "DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy Region \
     ReplayPolicy SubscriptionRoleArn TopicArn",
);

pub(super) const TOPIC: Keys = Keys::new(
    "AWS::SNS::Topic",
    "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName \
     FifoThroughputScope FifoTopic KmsMasterKeyId MaximumMessageSize SignatureVersion Subscription Tags TopicName TracingConfig",
);

pub(super) const TOPIC_POLICY: Keys =
    Keys::new("AWS::SNS::TopicPolicy", "PolicyDocument Topics").with(&[("PolicyDocument", POLICY_DOCUMENT)]);

pub(super) const QUEUE: Keys = Keys::new(
    "AWS::SQS::Queue",
    "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit \
     KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName \
     ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
);
