"""Checks what keeps data: the table, the queues and the log groups."""

from samcli.yamlhelper import yaml_parse

# The maximum of SQS.
QUEUE_RETENTION_SECONDS = 14 * 24 * 60 * 60


def check_tables(stack):
    for name, table in stack.of_type("AWS::DynamoDB::Table", "tables").items():
        stack.require_kept(name)
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            stack.fail(name, "is not encrypted (SSESpecification)")
        if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            stack.fail(name, "has no point-in-time recovery")
        if table.get("DeletionProtectionEnabled") is not True:
            stack.fail(name, "is not protected from deletion (DeletionProtectionEnabled)")
        indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            for index in [None, *indexes]:
                stack.require_alarm(name, "AWS/DynamoDB", [metric], "TableName", GlobalSecondaryIndexName=index)
        stack.require_alarm(name, "AWS/DynamoDB", ["SystemErrors"], "TableName")


def check_imported_tables(stack):
    """A table that is imported into a new stack must already be what the template says."""
    file = stack.path.parent / "infra/import-table.yaml"
    imported = yaml_parse(file.read_text())["Resources"]
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if imported.get(name, {}).get("Properties") != table:
            stack.fail(name, f"is not the same in {file.name}")
        if imported.get(name, {}).get("DeletionPolicy") != "Retain":
            stack.fail(name, f"CloudFormation does not import it, because its DeletionPolicy in {file.name} is not Retain")


def check_queues(stack):
    for name, queue in stack.of_type("AWS::SQS::Queue", "queues").items():
        if queue.get("SqsManagedSseEnabled") is not True and not queue.get("KmsMasterKeyId"):
            stack.fail(name, "is not encrypted (SqsManagedSseEnabled)")
        if (queue.get("MessageRetentionPeriod") or 0) < QUEUE_RETENTION_SECONDS:
            stack.fail(name, "keeps its messages for less than 14 days (MessageRetentionPeriod)")
        stack.require_alarm(name, "AWS/SQS", ["ApproximateNumberOfMessagesVisible"], "QueueName", always=True)


def check_log_groups(stack):
    """CloudWatch Logs encrypts every group by itself; the template decides how long a group keeps its lines."""
    for name, group in stack.of_type("AWS::Logs::LogGroup", "log groups").items():
        if not isinstance(stack.default(group.get("RetentionInDays")), int):
            stack.fail(name, "its lines never expire (RetentionInDays)")
        stack.require_kept(name)


CHECKS = (check_tables, check_imported_tables, check_queues, check_log_groups)
