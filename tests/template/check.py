#!/usr/bin/env python3
"""Checks what template.yaml deploys, as the SAM translator expands it; asks AWS nothing.

    python tests/template/check.py [template.yaml]

Needs the packages of the SAM CLI. Prints what is wrong by resource and exits 1, or prints a summary and exits 0.
"""

import json
import logging
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]

# The translator warns of its own metrics, which nobody publishes here.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

# What SAM attaches by itself, each with actions on "*", because AWS writes them for any function.
MANAGED_POLICIES = {
    "service-role/AWSLambdaBasicExecutionRole": "logs",
    "AWSXrayWriteOnlyAccess": "traces",
    "service-role/AWSLambdaDynamoDBExecutionRole": "reading a stream, and logs",
    "service-role/AWSCodeDeployRoleForLambda": "moving requests to new versions",
}

# Clerk's deliveries come here.
WEBHOOK_ROUTE = "POST /webhooks/clerk"

# Whether a stack may be made of these parameters, the others being blank.
PARAMETERS = {
    (): False,
    ("ClerkIssuer",): True,
    ("ClerkPublishableKey", "ClerkSecretKey", "ClerkWebhookSecret"): True,
    ("ClerkIssuer", "ClerkSecretKeyParameter", "ClerkWebhookSecretParameter"): True,
    ("ClerkIssuer", "ClerkSecretKey", "ClerkSecretKeyParameter"): False,
    ("ClerkIssuer", "ClerkWebhookSecret", "ClerkWebhookSecretParameter"): False,
}

# What the parameter of a budget takes, and what not.
BUDGET_AMOUNTS = {"": True, "1": True, "1200.50": True, "0": False, "-1": False, "25 USD": False, "1,200": False}

# The most characters CloudWatch takes of an alarm's description.
DESCRIPTION_CHARACTERS = 1024

# The least a queue keeps its messages: 14 days, as long as SQS can.
QUEUE_RETENTION_SECONDS = 14 * 24 * 60 * 60


class NoManagedPolicies:
    """The map of names to ARNs the translator would ask IAM for; the template attaches no policy by name."""

    def load(self):
        return {}


def expand(template):
    """What SAM makes of a template, with the defaults of its parameters."""
    validator = SamTemplateValidator(template, NoManagedPolicies(), region="us-east-1")
    return yaml_parse(validator.get_translated_template_if_valid())


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def alternatives(value):
    """Both branches of an Fn::If, without AWS::NoValue; anything else as it is."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [each for branch in value["Fn::If"][1:] for each in alternatives(branch)]
    if value == {"Ref": "AWS::NoValue"}:
        return []
    return [each for item in value for each in alternatives(item)] if isinstance(value, list) else [value]


def target(value):
    """The logical id that a Ref, GetAtt or Sub of one resource is about; a parameter's name for its Ref."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            found = value["Fn::GetAtt"]
            return found[0] if isinstance(found, list) else found.split(".")[0]
        if "Fn::Sub" in value and isinstance(value["Fn::Sub"], str):
            names = re.findall(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}", value["Fn::Sub"])
            return names[0] if len(names) == 1 else None
    return None


def texts(value):
    """Every string in a value, so that a wildcard is found in a Sub or Join too."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [str(value)]


def holds(assertion, values):
    """Whether an assertion of the template's Rules holds for these values of the parameters."""
    if "Ref" in assertion:
        return values[assertion["Ref"]]
    [(function, arguments)] = assertion.items()
    found = [each if isinstance(each, str) else holds(each, values) for each in arguments]
    return {"Fn::Not": lambda: not found[0], "Fn::And": lambda: all(found), "Fn::Or": lambda: any(found),
            "Fn::Equals": lambda: found[0] == found[1]}[function]()  # fmt: skip


def references(value):
    """Every logical id that a value names."""
    if isinstance(value, dict):
        found = {value.get("Ref")} | {target(value)}
        return found.union(*map(references, value.values())) - {None}
    if isinstance(value, list):
        return set().union(*map(references, value))
    return set(re.findall(r"\$\{([A-Za-z0-9]+)", value)) if isinstance(value, str) else set()


class Alarm:
    def __init__(self, name, properties, arguments):
        def given(value):
            return arguments.get(value["Ref"], value) if isinstance(value, dict) and "Ref" in value else value

        self.name, self.properties = name, properties
        queries = [query for query in alternatives(properties.get("Metrics", [])) if "MetricStat" in query]
        metrics = [query["MetricStat"]["Metric"] for query in queries] or [properties]
        self.metrics = [
            (
                target(given(metric.get("Namespace"))) or given(metric.get("Namespace")),
                metric.get("MetricName"),
                {each["Name"]: given(each["Value"]) for each in metric.get("Dimensions", [])},
            )
            for metric in metrics
        ]

    def is_heard(self):
        return self.properties.get("ActionsEnabled", True) is True and bool(self.properties.get("AlarmActions"))

    def watches(self, namespace, names, dimension, resource, **others):
        """Whether a metric of it is about the resource; of `others`, None wants the dimension absent."""
        return any(
            space == namespace
            and name in names
            and all(dimensions.get(key) == value for key, value in others.items())
            and resource in [target(value) for value in alternatives(dimensions.get(dimension))]
            for space, name, dimensions in self.metrics
        )


class Check:
    def __init__(self, path):
        self.path = path
        self.template = expand(yaml_parse(path.read_text()))
        self.resources = self.template["Resources"]
        self.parameters = self.template.get("Parameters", {})
        self.problems = []
        self.counts = {}
        self.alarms = []
        self.dashboards = []

    def fail(self, resource, message):
        self.problems.append(f"{resource}: {message}")

    def of_type(self, kind, label=None):
        found = {name: each for name, each in self.resources.items() if each["Type"] == kind}
        if label:
            self.counts[label] = len(found)
        return {name: each.get("Properties", {}) for name, each in found.items()}

    def value(self, value):
        """A parameter's default in place of its Ref."""
        if isinstance(value, dict) and value.get("Ref") in self.parameters:
            return self.parameters[value["Ref"]].get("Default")
        return value

    def skips(self, resource, check):
        """Whether the resource says, with a reason, that checkov's check is not meant for it."""
        skips = self.resources[resource].get("Metadata", {}).get("checkov", {}).get("skip", [])
        return any(skip.get("id") == check and skip.get("comment") for skip in skips)

    def require_kept(self, resource):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if self.resources[resource].get(policy) != "Retain":
                self.fail(resource, f"{policy} is not Retain")

    def order(self):
        """CloudFormation refuses resources that wait for one another, which cfn-lint misses in an UpdatePolicy."""
        waits = {
            name: {
                each
                for each in references([resource.get("Properties"), resource.get("UpdatePolicy")])
                | set(as_list(resource.get("DependsOn")))
                if each in self.resources
            }
            for name, resource in self.resources.items()
        }
        try:
            TopologicalSorter(waits).prepare()
        except CycleError as error:
            self.fail(error.args[1][0], f"waits for itself: {' after '.join(reversed(error.args[1]))}")

    # What there is

    def functions(self):
        groups = self.of_type("AWS::Logs::LogGroup")
        aliases = {target(alias["FunctionName"]) for alias in self.of_type("AWS::Lambda::Alias").values()}
        for name, function in self.of_type("AWS::Lambda::Function", "functions").items():
            logging = function.get("LoggingConfig", {})
            if target(logging.get("LogGroup")) not in groups:
                self.fail(name, "its log group is none of the template's, so nothing limits how long lines are kept")
            if logging.get("LogFormat") != "JSON" or logging.get("SystemLogLevel") not in ("DEBUG", "INFO"):
                self.fail(name, "does not log platform.report as JSON, which FailedInvocations is counted from")
            if function.get("TracingConfig", {}).get("Mode") != "Active":
                self.fail(name, "is not traced")
            if name not in aliases:
                self.fail(name, "has no alias")

    def versions(self):
        """The alias must follow what the template says: another Timeout, another PARAMETERS_REVISION."""
        published = self.of_type("AWS::Lambda::Version")

        def longer(properties):
            properties["Timeout"] = 1

        def raised(properties):
            properties.setdefault("Environment", {}).setdefault("Variables", {})["PARAMETERS_REVISION"] = "changed"

        for change, message in (
            (longer, "its alias keeps the version of before when a property changes (AutoPublishAliasAllProperties)"),
            (raised, "its alias keeps the version of before when PARAMETERS_REVISION is raised"),
        ):
            template = yaml_parse(self.path.read_text())
            for resource in template["Resources"].values():
                if resource["Type"] == "AWS::Serverless::Function":
                    change(resource["Properties"])
            for name in sorted(set(published) & set(expand(template)["Resources"])):
                self.fail(target(published[name]["FunctionName"]), message)
        for name, function in self.of_type("AWS::Lambda::Function").items():
            if "PARAMETERS_REVISION" not in function.get("Environment", {}).get("Variables", {}):
                self.fail(name, "has no PARAMETERS_REVISION, so that a parameter's new value may not reach its alias")

    def secrets(self):
        """A function holds a secret only if its role may read the same secret from Systems Manager.

        tests/end_to_end/roles.rs holds the roles to what the functions do.
        """
        roles = self.of_type("AWS::IAM::Role")
        secrets = [name for name, parameter in self.parameters.items() if parameter.get("NoEcho")]
        self.counts["secrets"] = len(secrets)
        for name, function in self.of_type("AWS::Lambda::Function").items():
            variables = function.get("Environment", {}).get("Variables", {}).values()
            held = references([each for value in variables for each in alternatives(value)])
            readable = references([policy["PolicyDocument"] for policy in roles[target(function["Role"])]["Policies"]])
            for secret in secrets:
                names = {secret, f"{secret}Parameter"}
                if f"{secret}Parameter" not in readable and held & names:
                    self.fail(name, f"holds {' and '.join(sorted(held & names))}, which its role may not read")
                if f"{secret}Parameter" in readable and names - held:
                    self.fail(name, f"may read {secret}Parameter and is not given {' and '.join(sorted(names - held))}")
            if "ClerkApiUrl" in held and "ClerkSecretKeyParameter" not in readable:
                self.fail(name, "holds ClerkApiUrl, and has no key to ask Clerk with")

    def tables(self):
        for name, table in self.of_type("AWS::DynamoDB::Table", "tables").items():
            self.require_kept(name)
            if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
                self.fail(name, "is not encrypted (SSESpecification)")
            if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
                self.fail(name, "has no point-in-time recovery")
            if table.get("DeletionProtectionEnabled") is not True:
                self.fail(name, "may be deleted")
            indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
                for index in [None, *indexes]:
                    self.require_alarm(name, "AWS/DynamoDB", [metric], "TableName", GlobalSecondaryIndexName=index)
            self.require_alarm(name, "AWS/DynamoDB", ["SystemErrors"], "TableName")

    def queues(self):
        for name, queue in self.of_type("AWS::SQS::Queue", "queues").items():
            if queue.get("SqsManagedSseEnabled") is not True and not queue.get("KmsMasterKeyId"):
                self.fail(name, "is not encrypted (SqsManagedSseEnabled)")
            if (queue.get("MessageRetentionPeriod") or 0) < QUEUE_RETENTION_SECONDS:
                self.fail(name, "keeps its messages for less than 14 days")
            self.require_alarm(name, "AWS/SQS", ["ApproximateNumberOfMessagesVisible"], "QueueName")

    def topics(self):
        for name, topic in self.of_type("AWS::SNS::Topic", "topics").items():
            key = topic.get("KmsMasterKeyId")
            if key == "alias/aws/sns":
                self.fail(name, "is encrypted under alias/aws/sns, where CloudWatch alarms may not publish")
            elif not key and not self.skips(name, "CKV_AWS_26"):
                self.fail(name, "is not encrypted, and gives no reason (checkov, CKV_AWS_26)")
            if not self.publish_policy(name, "cloudwatch.amazonaws.com"):
                self.fail(name, "no policy lets CloudWatch alarms publish")

    def publish_policy(self, topic, service):
        """The policy that lets a service of AWS publish to a topic; None if there is none."""
        for name, policy in self.of_type("AWS::SNS::TopicPolicy").items():
            if topic not in map(target, policy["Topics"]):
                continue
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                allows = statement["Effect"] == "Allow" and "sns:Publish" in as_list(statement["Action"])
                if allows and service in texts(statement["Principal"]):
                    return name
        return None

    def budgets(self):
        """A budget is made only on request, and tells the topic."""
        for name, budget in self.of_type("AWS::Budgets::Budget", "budgets").items():
            limit = budget["Budget"].get("BudgetLimit", {}).get("Amount")
            if "Condition" not in self.resources[name] or self.value(limit) != "":
                self.fail(name, "is made although nobody asked for it")
            pattern = self.parameters.get(target(limit), {}).get("AllowedPattern", "")
            for amount, is_amount in BUDGET_AMOUNTS.items():
                if bool(re.fullmatch(pattern, amount)) != is_amount:
                    self.fail(name, f"its parameter {'takes' if not is_amount else 'refuses'} {amount!r}")
            if budget["Budget"].get("BudgetName"):
                self.fail(name, "has a fixed name, and CloudFormation replaces a budget to change its notifications")
            told = {}
            for each in budget.get("NotificationsWithSubscribers", []):
                notification = each["Notification"]
                topics = [target(one["Address"]) for one in each["Subscribers"] if one["SubscriptionType"] == "SNS"]
                told[notification["NotificationType"], notification["Threshold"]] = topics
            for event in (("ACTUAL", 80), ("FORECASTED", 100)):
                for topic in told.get(event) or [None]:
                    policy = topic and self.publish_policy(topic, "budgets.amazonaws.com")
                    if not policy:
                        self.fail(name, f"tells no topic that AWS Budgets may publish to of {event[0]} {event[1]} %")
                    elif policy not in as_list(self.resources[name].get("DependsOn")):
                        self.fail(name, f"may be made before {policy}, which lets it publish")

    def log_groups(self):
        # CloudWatch Logs encrypts every group; how long one keeps its lines is for the template to say.
        for name, group in self.of_type("AWS::Logs::LogGroup", "log groups").items():
            if not isinstance(self.value(group.get("RetentionInDays")), int):
                self.fail(name, "keeps its lines for ever (RetentionInDays)")
            self.require_kept(name)

    # Who watches it

    def read_alarms(self):
        self.alarms = [Alarm(name, each, {}) for name, each in self.of_type("AWS::CloudWatch::Alarm").items()]
        for name, stack in self.of_type("AWS::CloudFormation::Stack").items():
            arguments = stack.get("Parameters", {})
            file = self.path.parent / stack["TemplateURL"]
            if not file.is_file():
                self.fail(name, f"{stack['TemplateURL']} is not there")
                continue
            nested = yaml_parse(file.read_text())
            for parameter in set(arguments) - set(nested["Parameters"]):
                self.fail(name, f"{stack['TemplateURL']} has no parameter {parameter}")
            for parameter, each in nested["Parameters"].items():
                if parameter not in arguments and "Default" not in each:
                    self.fail(name, f"does not give {parameter} to {stack['TemplateURL']}")
            for alarm, each in nested["Resources"].items():
                if each["Type"] == "AWS::CloudWatch::Alarm":
                    alarm = Alarm(f"{name}.{alarm}", each["Properties"], arguments)
                    self.alarms.append(alarm)
                    self.alarm_is_complete(alarm)
                elif each["Type"] == "AWS::CloudWatch::Dashboard":
                    self.dashboards.append((f"{name}.{alarm}", texts(each["Properties"]["DashboardBody"])[0]))
        self.counts["alarms"] = len(self.alarms)

    def alarm_is_complete(self, alarm):
        if not alarm.properties.get("AlarmDescription"):
            self.fail(alarm.name, "does not say what to do")
        elif len(texts(alarm.properties["AlarmDescription"])[0]) > DESCRIPTION_CHARACTERS:
            self.fail(alarm.name, "says more than CloudWatch takes of a description")
        if not alarm.is_heard() or not alarm.properties.get("OKActions"):
            self.fail(alarm.name, "does not tell anyone")
        if alarm.properties.get("TreatMissingData") != "notBreaching":
            self.fail(alarm.name, "takes missing data for a fault")

    def require_alarm(self, resource, namespace, metrics, dimension, of=None, **others):
        watched = of or resource
        if not any(
            alarm.is_heard() and alarm.watches(namespace, metrics, dimension, watched, **others) for alarm in self.alarms
        ):
            about = "".join(f" of {each}" for each in (*others.values(), of) if each)
            self.fail(resource, f"no alarm watches {' or '.join(metrics)}{about}")

    def deployments(self):
        """CodeDeploy waits only for what a function counts as its own failure, and there is a way past the alarm."""
        alarms = {alarm.name: alarm for alarm in self.alarms}
        watched = set()
        for name, group in self.of_type("AWS::CodeDeploy::DeploymentGroup", "deployment groups").items():
            settings = alternatives(group.get("AlarmConfiguration", {}))
            watching = [references(each) & set(alarms) for each in settings]
            if not any(watching):
                self.fail(name, "no alarm takes a bad version back")
            if all(watching):
                self.fail(name, "nothing deploys while its alarm is on, not even what mends it")
            watched = watched.union(*watching)
        for alarm in sorted(watched):
            for namespace, metric, _ in alarms[alarm].metrics:
                if str(namespace).startswith("AWS/"):
                    self.fail(alarm, f"{metric} of {namespace} also counts what callers or the configuration cause")

    def rules(self):
        """Parameters with which no function would start are refused before anything is made."""
        blank = {name: "" for name in self.parameters}
        for given, is_allowed in PARAMETERS.items():
            values = blank | {name: "given" for name in given}
            asserts = [each["Assert"] for rule in self.template.get("Rules", {}).values() for each in rule["Assertions"]]
            if all(holds(each, values) for each in asserts) != is_allowed:
                named = " and ".join(given) or "nothing"
                self.fail("Rules", f"{'refuse' if is_allowed else 'allow'} a stack that is given {named}")

    def apis(self):
        for name, api in self.of_type("AWS::ApiGatewayV2::Api", "APIs").items():
            self.require_alarm(name, "AWS/ApiGateway", ["5xx"], "ApiId")
            self.require_alarm(name, "AWS/ApiGateway", ["Latency"], "ApiId")
            routes = {
                f"{method.upper()} {path}" for path, methods in api["Body"]["paths"].items() for method in methods
            }
            for stage_name, stage in self.of_type("AWS::ApiGatewayV2::Stage").items():
                if target(stage["ApiId"]) != name:
                    continue
                settings = stage.get("RouteSettings", {})
                for route in set(settings) - routes:
                    self.fail(stage_name, f"RouteSettings names {route}, which is no route")
                for route in sorted(route for route in routes if route.startswith("POST ")):
                    # API Gateway takes a limit that is left out for 0, which refuses every request.
                    for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
                        if not settings.get(route, {}).get(limit):
                            self.fail(stage_name, f"{route} has no {limit} of its own")
                self.webhook_throttle(stage_name, stage, routes)

    def webhook_throttle(self, stage_name, stage, routes):
        """Whoever lowers a limit of the callers must not lower that of Clerk's deliveries."""
        settings = stage.get("RouteSettings", {})
        if WEBHOOK_ROUTE not in routes:
            return self.fail(stage_name, f"has no {WEBHOOK_ROUTE}, so this check is blind")
        own = references(settings.get(WEBHOOK_ROUTE, {}))
        others = [stage.get("DefaultRouteSettings", {})]
        others += [each for route, each in settings.items() if route != WEBHOOK_ROUTE]
        for parameter in sorted(own & references(others)):
            self.fail(stage_name, f"{WEBHOOK_ROUTE} shares {parameter} with other routes")

    def mappings(self):
        aliases = self.of_type("AWS::Lambda::Alias")
        for name, mapping in self.of_type("AWS::Lambda::EventSourceMapping", "stream mappings").items():
            alias = target(mapping["FunctionName"])
            function = target(aliases[alias]["FunctionName"]) if alias in aliases else alias
            self.require_alarm(name, "AWS/Lambda", ["IteratorAge"], "FunctionName", of=function)
            failures = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            self.require_queue(name, failures, "what it gives up is lost (DestinationConfig.OnFailure)")

    def schedules(self):
        for name, schedule in self.of_type("AWS::Scheduler::Schedule", "schedules").items():
            failures = schedule["Target"].get("DeadLetterConfig", {}).get("Arn")
            self.require_queue(name, failures, "what it cannot deliver is lost (DeadLetterConfig)")
            if schedule.get("Name"):
                self.fail(name, "has a fixed name, which a second stack of the account wants too (OmitName)")

    def require_queue(self, resource, queue, message):
        queue = target(queue)
        if queue not in self.of_type("AWS::SQS::Queue"):
            self.fail(resource, message)
        else:
            self.require_alarm(resource, "AWS/SQS", ["ApproximateNumberOfMessagesVisible"], "QueueName", of=queue)

    def own_metrics(self):
        """Alarms and dashboards name the stack's own metrics as they are counted, with the same dimensions."""
        source = (ROOT / "shared/runtime/src/observe/metrics.rs").read_text()
        counted = {
            name: set(re.findall(r'"(\w+)" =>', labels))
            for name, labels in re.findall(r'(?:counter|histogram|gauge)!\(\s*"(\w+)"([^)]*)\)', source)
        }
        for metric_filter in self.of_type("AWS::Logs::MetricFilter").values():
            for transformation in metric_filter["MetricTransformations"]:
                names = {each["Key"] for each in transformation.get("Dimensions", [])}
                counted[transformation["MetricName"]] = names
        for alarm in self.alarms:
            for namespace, metric, dimensions in alarm.metrics:
                if not str(namespace).startswith("AWS/") and counted.get(metric) != set(dimensions):
                    self.fail(alarm.name, f"nothing counts {metric} with the dimensions {sorted(dimensions)}")
        for name, body in self.dashboards:
            named = [(metric, set()) for metric in re.findall(r'\["\$\{MetricsNamespace\}", "(\w+)"', body)]
            searches = re.findall(r'\{\\"\$\{MetricsNamespace\}\\",(\w+)\} MetricName=\\"(\w+)\\"', body)
            for metric, dimensions in named + [(metric, {dimension}) for dimension, metric in searches]:
                if counted.get(metric) != dimensions:
                    self.fail(name, f"nothing counts {metric} with the dimensions {sorted(dimensions)}")
            if not named or not searches:
                self.fail(name, "shows none of the stack's own metrics")

    # Who may do what

    def roles(self):
        for name, role in self.of_type("AWS::IAM::Role", "roles").items():
            for policy in as_list(role.get("ManagedPolicyArns")):
                arn = policy if isinstance(policy, str) else "".join(texts(policy))
                if arn.partition(":policy/")[2] not in MANAGED_POLICIES:
                    self.fail(name, f"{arn} is not among the managed policies that SAM attaches by itself")
            for policy in as_list(role.get("Policies")):
                self.statements(name, policy["PolicyDocument"])
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
            for name, policy in self.of_type(kind).items():
                self.statements(name, policy["PolicyDocument"])

    def statements(self, name, document):
        for statement in alternatives(as_list(document["Statement"])):
            if statement["Effect"] != "Allow":
                continue
            self.counts["statements"] = self.counts.get("statements", 0) + 1
            for key in ("NotAction", "NotResource", "NotPrincipal"):
                if key in statement:
                    self.fail(name, f"{key} allows whatever it does not name")
            for action in alternatives(as_list(statement.get("Action"))):
                if "*" in action:
                    self.fail(name, f"the action {action} is a wildcard")
            for resource in alternatives(as_list(statement.get("Resource"))):
                if any("*" in text for text in texts(resource)):
                    self.fail(name, f"the resource {json.dumps(resource)} of {statement.get('Action')} is a wildcard")
            if "*" in texts(statement.get("Principal", [])):
                self.fail(name, f"anyone may {statement.get('Action')}")

    def run(self):
        self.read_alarms()
        for check in (
            self.order, self.functions, self.versions, self.secrets, self.tables, self.queues, self.topics, self.budgets,
            self.log_groups, self.deployments, self.rules, self.apis, self.mappings, self.schedules, self.own_metrics,
            self.roles,
        ):  # fmt: skip
            check()
        for kind in (
            "functions", "secrets", "tables", "queues", "topics", "budgets", "log groups", "deployment groups", "APIs",
            "stream mappings", "schedules",
        ):  # fmt: skip
            if not self.counts[kind]:
                self.fail(self.path.name, f"has no {kind}, so this check is blind")
        return self.problems


def main():
    path = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "template.yaml"
    check = Check(path)
    problems = check.run()
    for problem in problems:
        print(problem, file=sys.stderr)
    counts = ", ".join(f"{count} {kind}" for kind, count in check.counts.items())
    print(f"{path.name}: {counts}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
