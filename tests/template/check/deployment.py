"""Checks that the stack can be created and deployed: the order of resources, the Rules, and gradual deployments."""

from graphlib import CycleError, TopologicalSorter

from .intrinsics import alternatives, as_list, holds, references

# Whether a stack may be created if these parameters are set and the others are blank.
PARAMETERS = {
    (): False,
    ("ClerkIssuer",): True,
    ("ClerkPublishableKey",): True,
    ("ClerkIssuer", "ClerkSecretKeyParameter", "ClerkWebhookSecretParameter"): True,
    ("ClerkIssuer", "DomainName"): False,
    ("ClerkIssuer", "CertificateArn"): False,
    ("ClerkIssuer", "DomainName", "CertificateArn"): True,
    ("ClerkIssuer", "HostedZoneId"): False,
    ("ClerkIssuer", "DomainName", "CertificateArn", "HostedZoneId"): True,
}


def check_order(stack):
    """CloudFormation refuses resources that depend on each other. cfn-lint misses a circle through an UpdatePolicy."""
    dependencies = {
        name: {
            each
            for each in references([resource.get("Properties"), resource.get("UpdatePolicy")])
            | set(as_list(resource.get("DependsOn")))
            if each in stack.resources
        }
        for name, resource in stack.resources.items()
    }
    try:
        TopologicalSorter(dependencies).prepare()
    except CycleError as error:
        stack.fail(error.args[1][0], f"depends on itself: {' after '.join(reversed(error.args[1]))}")


def check_deployments(stack):
    """CodeDeploy waits only for what a function counts as its own failure, and there is a way past the alarm."""
    alarms = {alarm.name: alarm for alarm in stack.alarms}
    watched = set()
    for name, group in stack.of_type("AWS::CodeDeploy::DeploymentGroup", "deployment groups").items():
        settings = alternatives(group.get("AlarmConfiguration", {}))
        watching = [references(each) & set(alarms) for each in settings]
        if not any(watching):
            stack.fail(name, "no alarm rolls a bad version back")
        if all(watching):
            stack.fail(name, "nothing can be deployed while its alarm is on, not even a fix")
        watched = watched.union(*watching)
    for alarm in sorted(watched):
        for namespace, metric, _ in alarms[alarm].metrics:
            if str(namespace).startswith("AWS/"):
                stack.fail(alarm, f"{metric} of {namespace} also counts what callers or the configuration cause")


def check_rules(stack):
    """Parameters with which no function would start are refused before anything is created."""
    asserts = [each["Assert"] for rule in stack.template.get("Rules", {}).values() for each in rule["Assertions"]]
    for given, is_allowed in PARAMETERS.items():
        parameters = {name: "given" if name in given else "" for name in stack.parameters}
        if all(holds(each, parameters) for each in asserts) != is_allowed:
            named = " and ".join(given) or "no parameter"
            stack.fail("Rules", f"{'refuse' if is_allowed else 'allow'} a stack with {named} set")


CHECKS = (check_order, check_deployments, check_rules)
