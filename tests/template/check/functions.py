"""Checks the functions: their logs, their versions, the secrets that they hold, and what invokes them."""

from .intrinsics import alternatives, references, target
from .stack import expand


def check_functions(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    aliases = {target(alias["FunctionName"]) for alias in stack.of_type("AWS::Lambda::Alias").values()}
    for name, function in stack.of_type("AWS::Lambda::Function", "functions").items():
        logging = function.get("LoggingConfig", {})
        if target(logging.get("LogGroup")) not in groups:
            stack.fail(name, "its log group is not in the template, so its log lines never expire")
        if logging.get("LogFormat") != "JSON" or logging.get("SystemLogLevel") not in ("DEBUG", "INFO"):
            stack.fail(name, "does not log platform.report as JSON, which FailedInvocations is counted from")
        mode = stack.value(function.get("TracingConfig", {}).get("Mode"))
        if mode != ("Active" if stack.monitoring == "full" else "PassThrough"):
            stack.fail(name, f"has the tracing mode {mode} with Monitoring={stack.monitoring}")
        if name not in aliases:
            stack.fail(name, "has no alias")


def check_versions(stack):
    """A change of a property must publish a version, or the alias keeps the old one."""
    published = stack.of_type("AWS::Lambda::Version")
    template = stack.source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Timeout"] = 1
    for name in sorted(set(published) & set(expand(template)["Resources"])):
        function = target(published[name]["FunctionName"])
        stack.fail(function, "its alias keeps the old version when a property changes (AutoPublishAliasAllProperties)")


def check_parameters(stack):
    """A change of a parameter's value must replace the versions of the functions that depend on the parameter.

    SAM does not do that: the names of its versions depend on the text of the template, which does not hold the values.
    """
    functions = stack.of_type("AWS::Lambda::Function")
    for parameter in stack.parameters:
        replaced = stack.find_replaced(parameter)
        for name, version in stack.of_type("AWS::Lambda::Version").items():
            function = target(version["FunctionName"])
            depends = stack.depends_on(functions[function], parameter)
            if depends and name not in replaced:
                stack.fail(function, f"its alias keeps the old version when {parameter} changes (ParametersVersion)")
            if name in replaced and not depends and not references(functions[function]) & replaced:
                stack.fail(function, f"is not changed by {parameter}, so Lambda refuses to publish another version")


def check_secrets(stack):
    """A function knows the name of a secret's parameter if and only if its role may read it. No parameter is a secret.

    A secret in a parameter could be neither rotated without a deployment nor written to ParametersVersion.
    The test `api roles` compares the roles with what the functions do.
    """
    roles = stack.of_type("AWS::IAM::Role")
    for name, parameter in stack.parameters.items():
        if parameter.get("NoEcho"):
            stack.fail(name, "is a secret; take the name of its SSM parameter instead")
    secrets = [name for name in stack.parameters if name.endswith("Parameter")]
    stack.counts["secrets"] = len(secrets)
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {}).values()
        held = references([each for value in variables for each in alternatives(value)])
        readable = references([policy["PolicyDocument"] for policy in roles[target(function["Role"])].get("Policies", [])])
        for secret in secrets:
            if secret in held - readable:
                stack.fail(name, f"holds {secret}, which its role may not read")
            if secret in readable - held:
                stack.fail(name, f"may read {secret}, but its variables lack it")
        if "ClerkApiUrl" in held and "ClerkSecretKeyParameter" not in readable:
            stack.fail(name, "holds ClerkApiUrl, but has no key to ask Clerk with")


def check_streams(stack):
    aliases = stack.of_type("AWS::Lambda::Alias")
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping", "stream mappings").items():
        alias = target(mapping["FunctionName"])
        function = target(aliases[alias]["FunctionName"]) if alias in aliases else alias
        stack.require_alarm(name, "AWS/Lambda", ["IteratorAge"], "FunctionName", of=function)
        failures = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        stack.require_queue(name, failures, "records that it gives up are lost (DestinationConfig.OnFailure)")


def check_schedules(stack):
    for name, schedule in stack.of_type("AWS::Scheduler::Schedule", "schedules").items():
        failures = schedule["Target"].get("DeadLetterConfig", {}).get("Arn")
        stack.require_queue(name, failures, "events that it cannot deliver are lost (DeadLetterConfig)")
        if schedule.get("Name"):
            stack.fail(name, "has a fixed name, which a second stack in the account would need too (OmitName)")


CHECKS = (check_functions, check_versions, check_parameters, check_secrets, check_streams, check_schedules)
