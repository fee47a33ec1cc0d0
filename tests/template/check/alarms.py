"""Checks that every alarm notifies somebody, and that alarms and dashboards watch metrics that are counted."""

import re
from pathlib import Path

from .intrinsics import texts

ROOT = Path(__file__).resolve().parents[3]

# The names and dimensions of the metrics that the functions write.
METRICS_SOURCE = ROOT / "shared/runtime/src/observe/metrics.rs"

# The maximum of CloudWatch for an alarm's description.
DESCRIPTION_CHARACTERS = 1024


def check_alarms(stack):
    """The template's own alarm only serves deployments, so nobody has to be notified of it."""
    for alarm in stack.nested_alarms:
        description = alarm.properties.get("AlarmDescription")
        if not description:
            stack.fail(alarm.name, "does not say what to do (AlarmDescription)")
        elif len(texts(description)[0]) > DESCRIPTION_CHARACTERS:
            stack.fail(alarm.name, f"has a description of more than {DESCRIPTION_CHARACTERS} characters")
        if not alarm.notifies() or not alarm.properties.get("OKActions"):
            stack.fail(alarm.name, "does not notify anyone (AlarmActions, OKActions)")
        if alarm.properties.get("TreatMissingData") != "notBreaching":
            stack.fail(alarm.name, "goes on when data is missing (TreatMissingData)")


def check_quoted_lines(stack):
    """A log line that a description quotes is in the sources, whole or as a beginning."""
    files = [file for folder in ("functions", "shared") for file in (ROOT / folder).rglob("*.rs")]
    sources = "".join(file.read_text() for file in files)
    for alarm in stack.alarms:
        # A payload in JSON has quotation marks too.
        description = re.sub(r"\{[^}]*\}", "", texts(alarm.properties.get("AlarmDescription", ""))[0])
        for line in re.findall(r'"([^"]+)"', description):
            if not re.search(f'"{re.escape(line)}[" ]', sources):
                stack.fail(alarm.name, f'quotes "{line}", which no function logs')


def counted_metrics(stack):
    """Returns the stack's own metrics, each with the names of its dimensions."""
    counted = {
        name: set(re.findall(r'"(\w+)" =>', labels))
        for name, labels in re.findall(
            r'(?:counter|histogram|gauge)!\(\s*"(\w+)"([^)]*)\)', METRICS_SOURCE.read_text()
        )
    }
    for metric_filter in stack.of_type("AWS::Logs::MetricFilter").values():
        for transformation in metric_filter["MetricTransformations"]:
            counted[transformation["MetricName"]] = {each["Key"] for each in transformation.get("Dimensions", [])}
    return counted


def check_own_metrics(stack):
    """Alarms and dashboards name the stack's own metrics, with the dimensions under which they are counted."""
    counted = counted_metrics(stack)
    for alarm in stack.alarms:
        for namespace, metric, dimensions in alarm.metrics:
            if not str(namespace).startswith("AWS/") and counted.get(metric) != set(dimensions):
                stack.fail(alarm.name, f"nothing counts {metric} with the dimensions {sorted(dimensions)}")
    for name, body in stack.dashboards:
        named = [(metric, set()) for metric in re.findall(r'\["\$\{MetricsNamespace\}", "(\w+)"', body)]
        searches = re.findall(r'\{\\"\$\{MetricsNamespace\}\\",(\w+)\} MetricName=\\"(\w+)\\"', body)
        for metric, dimensions in named + [(metric, {dimension}) for dimension, metric in searches]:
            if counted.get(metric) != dimensions:
                stack.fail(name, f"nothing counts {metric} with the dimensions {sorted(dimensions)}")
        if not named or not searches:
            stack.fail(name, "shows none of the stack's own metrics")


CHECKS = (check_alarms, check_quoted_lines, check_own_metrics)
