//! `AWS::DynamoDB::Table`.

use crate::template::keys::Keys;

pub(super) const TABLE: Keys = Keys::new(
    "AWS::DynamoDB::Table",
    "AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled \
     GlobalSecondaryIndexes ImportSourceSpecification KeySchema KinesisStreamSpecification LocalSecondaryIndexes \
     OnDemandThroughput PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification \
     StreamSpecification TableClass TableName Tags TimeToLiveSpecification VectorIndexes WarmThroughput",
)
.with(&[
    (
        "AttributeDefinitions",
        Keys::new("an attribute definition", "AttributeName AttributeType")
            .with(&[("AttributeType", Keys::one_of("B N S"))]),
    ),
    ("BillingMode", Keys::one_of("PAY_PER_REQUEST PROVISIONED")),
    ("GlobalSecondaryIndexes", GLOBAL_INDEX),
    ("KeySchema", KEY),
    ("LocalSecondaryIndexes", LOCAL_INDEX),
    ("OnDemandThroughput", ON_DEMAND_THROUGHPUT),
    (
        "PointInTimeRecoverySpecification",
        Keys::new("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled RecoveryPeriodInDays"),
    ),
    ("ProvisionedThroughput", PROVISIONED_THROUGHPUT),
    ("SSESpecification", Keys::new("SSESpecification", "KMSMasterKeyId SSEEnabled SSEType")),
    (
        "StreamSpecification",
        Keys::new("StreamSpecification", "ResourcePolicy StreamViewType Tags")
            .with(&[("StreamViewType", Keys::one_of("KEYS_ONLY NEW_AND_OLD_IMAGES NEW_IMAGE OLD_IMAGE"))]),
    ),
    ("TimeToLiveSpecification", Keys::new("TimeToLiveSpecification", "AttributeName Enabled")),
]);

const KEY: Keys = Keys::new("a key", "AttributeName KeyType").with(&[("KeyType", Keys::one_of("HASH RANGE"))]);

const PROJECTION: Keys = Keys::new("a projection", "NonKeyAttributes ProjectionType")
    .with(&[("ProjectionType", Keys::one_of("ALL INCLUDE KEYS_ONLY"))]);

const ON_DEMAND_THROUGHPUT: Keys = Keys::new("OnDemandThroughput", "MaxReadRequestUnits MaxWriteRequestUnits");

const PROVISIONED_THROUGHPUT: Keys = Keys::new("ProvisionedThroughput", "ReadCapacityUnits WriteCapacityUnits");

const GLOBAL_INDEX: Keys = Keys::new(
    "a global secondary index",
    "ContributorInsightsSpecification IndexName KeySchema OnDemandThroughput Projection ProvisionedThroughput \
     WarmThroughput",
)
.with(&[
    ("KeySchema", KEY),
    ("OnDemandThroughput", ON_DEMAND_THROUGHPUT),
    ("Projection", PROJECTION),
    ("ProvisionedThroughput", PROVISIONED_THROUGHPUT),
]);

const LOCAL_INDEX: Keys = Keys::new("a local secondary index", "IndexName KeySchema Projection")
    .with(&[("KeySchema", KEY), ("Projection", PROJECTION)]);
