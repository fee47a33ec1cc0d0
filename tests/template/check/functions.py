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
    """A change of a property, or of PARAMETERS_REVISION, must publish a version, or the alias keeps the old one."""
    published = stack.of_type("AWS::Lambda::Version")

    def change_timeout(properties):
        properties["Timeout"] = 1

    def raise_revision(properties):
        properties.setdefault("Environment", {}).setdefault("Variables", {})["PARAMETERS_REVISION"] = "changed"

    for change, message in (
        (change_timeout, "its alias keeps the old version when a property changes (AutoPublishAliasAllProperties)"),
        (raise_revision, "its alias keeps the old version when PARAMETERS_REVISION is raised"),
    ):
        template = stack.source()
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                change(resource["Properties"])
        for name in sorted(set(published) & set(expand(template)["Resources"])):
            stack.fail(target(published[name]["FunctionName"]), message)
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if "PARAMETERS_REVISION" not in function.get("Environment", {}).get("Variables", {}):
            stack.fail(name, "has no PARAMETERS_REVISION, so a parameter's new value may not reach its alias")


def check_secrets(stack):
    """A function holds a secret only if its role may read the same secret from Systems Manager.

    The test `api roles` compares the roles with what the functions do.
    """
    roles = stack.of_type("AWS::IAM::Role")
    secrets = [name for name, parameter in stack.parameters.items() if parameter.get("NoEcho")]
    stack.counts["secrets"] = len(secrets)
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {}).values()
        held = references([each for value in variables for each in alternatives(value)])
        readable = references([policy["PolicyDocument"] for policy in roles[target(function["Role"])]["Policies"]])
        for secret in secrets:
            names = {secret, f"{secret}Parameter"}
            if f"{secret}Parameter" not in readable and held & names:
                stack.fail(name, f"holds {' and '.join(sorted(held & names))}, which its role may not read")
            if f"{secret}Parameter" in readable and names - held:
                missing = " and ".join(sorted(names - held))
                stack.fail(name, f"may read {secret}Parameter, but its variables lack {missing}")
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


CHECKS = (check_functions, check_versions, check_secrets, check_streams, check_schedules)
