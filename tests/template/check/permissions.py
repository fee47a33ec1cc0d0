"""Checks that roles and policies allow named actions on named resources only."""

import json

from .intrinsics import alternatives, as_list, texts

# Policies that SAM attaches by itself, with the purpose of each. They allow actions on "*", because AWS writes them for
# every function.
MANAGED_POLICIES = {
    "service-role/AWSLambdaBasicExecutionRole": "logs",
    "AWSXrayWriteOnlyAccess": "traces",
    "service-role/AWSLambdaDynamoDBExecutionRole": "reading a stream, and logs",
    "service-role/AWSCodeDeployRoleForLambda": "moving requests to new versions",
}

POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")


# API Gateway chooses the ids of WebSocket connections, so a policy can only name all connections of one API, stage and method.
EVERY_CONNECTION = "/@connections/*"


def check_roles(stack):
    for name, role in stack.of_type("AWS::IAM::Role", "roles").items():
        for policy in as_list(role.get("ManagedPolicyArns")):
            arn = policy if isinstance(policy, str) else "".join(texts(policy))
            if arn.partition(":policy/")[2] not in MANAGED_POLICIES:
                stack.fail(name, f"{arn} is not one of the managed policies that SAM attaches by itself")
        for policy in as_list(role.get("Policies")):
            check_statements(stack, name, policy["PolicyDocument"])
    for kind in POLICIES:
        for name, policy in stack.of_type(kind).items():
            check_statements(stack, name, policy["PolicyDocument"])


def check_statements(stack, name, document):
    for statement in alternatives(as_list(document["Statement"])):
        if statement["Effect"] != "Allow":
            continue
        stack.counts["statements"] = stack.counts.get("statements", 0) + 1
        for key in ("NotAction", "NotResource", "NotPrincipal"):
            if key in statement:
                stack.fail(name, f"{key} allows everything that it does not name")
        for action in alternatives(as_list(statement.get("Action"))):
            if "*" in action:
                stack.fail(name, f"the action {action} is a wildcard")
        for resource in alternatives(as_list(statement.get("Resource"))):
            if any("*" in text.removesuffix(EVERY_CONNECTION) for text in texts(resource)):
                stack.fail(name, f"the resource {json.dumps(resource)} of {statement.get('Action')} is a wildcard")
        if "*" in texts(statement.get("Principal", [])):
            stack.fail(name, f"anyone may {statement.get('Action')}")


CHECKS = (check_roles,)
