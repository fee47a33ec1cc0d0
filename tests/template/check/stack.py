"""Expands a template as SAM does, and collects the problems that the checks find in it."""

import logging
from functools import cache

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

from .alarm import Alarm
from .intrinsics import conditions, holds, references, target, texts

# The translator warns about its own metrics, which nobody publishes here.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


REGION = "us-east-1"


class NoManagedPolicies:
    """Stands in for the list of managed policies that the translator would ask IAM for.

    The template attaches no policy by name, so the list may be empty.
    """

    def load(self):
        return {}


def expand(template):
    """Returns what SAM makes of a template, with the defaults of its parameters."""
    validator = SamTemplateValidator(template, NoManagedPolicies(), region=REGION)
    return yaml_parse(validator.get_translated_template_if_valid())


class Stack:
    """An expanded template with its nested stacks, and the problems that were found."""

    def __init__(self, path, monitoring="full"):
        """Takes `monitoring`, the value of the parameter Monitoring."""
        self.path = path
        self.monitoring = monitoring
        self.template = expand(self.source())
        self.resources = self.template["Resources"]
        self.parameters = self.template.get("Parameters", {})
        self.problems = []
        # Number of resources by label, for the summary.
        self.counts = {}
        self.alarms = [Alarm(name, each, {}) for name, each in self.of_type("AWS::CloudWatch::Alarm").items()]
        self.nested_alarms = []
        # Name and body.
        self.dashboards = []
        for name, nested in self.of_type("AWS::CloudFormation::Stack").items():
            self.read_nested(name, nested)
        self.alarms += self.nested_alarms
        self.counts["alarms"] = len(self.alarms)

    def source(self):
        """Returns the template as it is written, before SAM expands it."""
        return yaml_parse(self.path.read_text())

    def read_nested(self, name, properties):
        """Reads a nested stack's alarms and dashboards, and checks that the template passes its parameters."""
        arguments = properties.get("Parameters", {})
        file = self.path.parent / properties["TemplateURL"]
        if not file.is_file():
            self.fail(name, f"{properties['TemplateURL']} does not exist")
            return
        nested = yaml_parse(file.read_text())
        values = {name: self.value(each) for name, each in arguments.items()}
        conditions = nested.get("Conditions", {})
        for parameter in sorted(set(arguments) - set(nested["Parameters"])):
            self.fail(name, f"{properties['TemplateURL']} has no parameter {parameter}")
        for parameter, each in nested["Parameters"].items():
            if parameter not in arguments and "Default" not in each:
                self.fail(name, f"does not pass {parameter} to {properties['TemplateURL']}")
        for resource, each in nested["Resources"].items():
            if "Condition" in each and not holds({"Condition": each["Condition"]}, values, conditions):
                continue
            if each["Type"] == "AWS::CloudWatch::Alarm":
                self.nested_alarms.append(Alarm(f"{name}.{resource}", each["Properties"], arguments))
            elif each["Type"] == "AWS::CloudWatch::Dashboard":
                self.dashboards.append((f"{name}.{resource}", texts(each["Properties"]["DashboardBody"])[0]))

    def fail(self, resource, message):
        """Notes a problem of a resource."""
        self.problems.append(f"{resource}: {message}")

    def of_type(self, kind, label=None):
        """Returns the properties of all resources of a type by logical id, and counts them if there is a label."""
        found = {name: each for name, each in self.resources.items() if each["Type"] == kind}
        if label:
            self.counts[label] = len(found)
        return {name: each.get("Properties") or {} for name, each in found.items()}

    def value(self, value):
        """Returns what a Ref to a parameter or an Fn::If on a condition of the template is in this stack.

        A parameter has its default, except Monitoring. Any other value is returned as it is.
        """
        if isinstance(value, dict) and value.get("Ref") == "Monitoring":
            return self.monitoring
        if isinstance(value, dict) and value.get("Fn::If", [None])[0] == "MonitorsFully":
            return value["Fn::If"][1 if self.monitoring == "full" else 2]
        return self.default(value)

    def default(self, value):
        """Returns a parameter's default instead of a Ref to it, and any other value as it is."""
        if isinstance(value, dict) and value.get("Ref") in self.parameters:
            return self.parameters[value["Ref"]].get("Default")
        return value

    def depends_on(self, value, parameter):
        """Returns whether a value depends on a parameter, by a reference to it or by a condition."""
        conditions_of = self.template.get("Conditions", {})
        return parameter in references(value) or any(
            self.depends_on(conditions_of[name], parameter) for name in conditions(value) if name in conditions_of
        )

    def find_replaced(self, parameter):
        """Returns the resources that CloudFormation replaces if a parameter gets another value.

        Those are resources with a property that cannot be changed (`createOnlyProperties` of the resource's schema) and that
        depends on the parameter or on a replaced resource.
        """
        replaced = set()
        while True:
            found = {
                name
                for name, fixed in self.fixed_properties().items()
                if self.depends_on(fixed, parameter) or references(fixed) & replaced
            }
            if found == replaced:
                return replaced
            replaced = found

    @cache
    def fixed_properties(self):
        """Returns the values of the properties that cannot be changed, by logical id."""
        fixed = {}
        for name, resource in self.resources.items():
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource["Type"]).schema
            names = {path.split("/")[2] for path in schema.get("createOnlyProperties", [])}
            fixed[name] = [each for key, each in (resource.get("Properties") or {}).items() if key in names]
        return fixed

    def skips(self, resource, check):
        """Returns whether the resource skips one of checkov's checks and gives a reason."""
        skips = self.resources[resource].get("Metadata", {}).get("checkov", {}).get("skip", [])
        return any(skip.get("id") == check and skip.get("comment") for skip in skips)

    def require_kept(self, resource):
        """Checks that the resource outlives the stack."""
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if self.resources[resource].get(policy) != "Retain":
                self.fail(resource, f"{policy} is not Retain")

    def require_alarm(self, resource, namespace, metrics, dimension, of=None, always=False, **others):
        """Checks that an alarm watches one of these metrics, of the resource itself or of the resource `of`.

        With Monitoring=minimal only if `always` is set.
        """
        if self.monitoring == "minimal" and not always:
            return
        alarms = [alarm for alarm in self.alarms if alarm.notifies()]
        if not any(alarm.watches(namespace, metrics, dimension, of or resource, **others) for alarm in alarms):
            about = "".join(f" of {each}" for each in (*others.values(), of) if each)
            self.fail(resource, f"no alarm watches {' or '.join(metrics)}{about}")

    def require_queue(self, resource, queue, message):
        """Checks that `queue` is a queue of the template that an alarm watches."""
        queue = target(queue)
        if queue not in self.of_type("AWS::SQS::Queue"):
            self.fail(resource, message)
        else:
            metrics = ["ApproximateNumberOfMessagesVisible"]
            self.require_alarm(resource, "AWS/SQS", metrics, "QueueName", of=queue, always=True)
