"""Checks how an operator is notified: the topics, and the budget."""

import re

from .intrinsics import as_list, target, texts

# Whether the budget's parameter may have this value.
BUDGET_AMOUNTS = {"": True, "1": True, "1200.50": True, "0": False, "-1": False, "25 USD": False, "1,200": False}

# Type of a notification, and percent of the amount.
BUDGET_NOTIFICATIONS = (("ACTUAL", 80), ("FORECASTED", 100))


def check_topics(stack):
    for name, topic in stack.of_type("AWS::SNS::Topic", "topics").items():
        key = topic.get("KmsMasterKeyId")
        if key == "alias/aws/sns":
            stack.fail(name, "is encrypted under alias/aws/sns, which keeps CloudWatch alarms from publishing")
        elif not key and not stack.skips(name, "CKV_AWS_26"):
            stack.fail(name, "is not encrypted, and gives no reason (checkov, CKV_AWS_26)")
        if not publish_policy(stack, name, "cloudwatch.amazonaws.com"):
            stack.fail(name, "no policy lets CloudWatch alarms publish")


def publish_policy(stack, topic, service):
    """Returns the policy that lets a service of AWS publish to a topic, or None."""
    for name, policy in stack.of_type("AWS::SNS::TopicPolicy").items():
        if topic not in map(target, policy["Topics"]):
            continue
        for statement in as_list(policy["PolicyDocument"]["Statement"]):
            allows = statement["Effect"] == "Allow" and "sns:Publish" in as_list(statement["Action"])
            if allows and service in texts(statement["Principal"]):
                return name
    return None


def check_budgets(stack):
    """A budget is created only on request, and notifies a topic."""
    for name, budget in stack.of_type("AWS::Budgets::Budget", "budgets").items():
        limit = budget["Budget"].get("BudgetLimit", {}).get("Amount")
        if "Condition" not in stack.resources[name] or stack.default(limit) != "":
            stack.fail(name, "is created although nobody asked for it")
        pattern = stack.parameters.get(target(limit), {}).get("AllowedPattern", "")
        for amount, is_amount in BUDGET_AMOUNTS.items():
            if bool(re.fullmatch(pattern, amount)) != is_amount:
                stack.fail(name, f"its parameter {'refuses' if is_amount else 'accepts'} {amount!r}")
        if budget["Budget"].get("BudgetName"):
            stack.fail(name, "has a fixed name, but CloudFormation replaces a budget to change its notifications")
        check_budget_topics(stack, name, budget)


def check_budget_topics(stack, name, budget):
    """Each notification reaches a topic that AWS Budgets may publish to, from the moment the budget exists."""
    notified = {}
    for each in budget.get("NotificationsWithSubscribers", []):
        notification = each["Notification"]
        topics = [target(one["Address"]) for one in each["Subscribers"] if one["SubscriptionType"] == "SNS"]
        notified[notification["NotificationType"], notification["Threshold"]] = topics
    for kind, percent in BUDGET_NOTIFICATIONS:
        for topic in notified.get((kind, percent)) or [None]:
            policy = topic and publish_policy(stack, topic, "budgets.amazonaws.com")
            if not policy:
                stack.fail(name, f"notifies no topic that AWS Budgets may publish to at {kind} {percent} %")
            elif policy not in as_list(stack.resources[name].get("DependsOn")):
                stack.fail(name, f"may be created before {policy}, which lets it publish")


CHECKS = (check_topics, check_budgets)
