"""Checks that the document for operators says what an idle stack's alarms and dashboard cost."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

DOCUMENT = ROOT / "infra/README.md"

# Dollars a month: AWS's list prices for us-east-1.
ALARM_METRIC = 0.10
DASHBOARD = 3.00


def check_costs(stack):
    """The row of the table has a column for each value of Monitoring."""
    metrics = stack.counts["alarm metrics"] = sum(len(alarm.metrics) for alarm in stack.alarms)
    stack.counts["dashboards"] = len(stack.dashboards)
    expected = {
        "alarms": (f"{metrics} metrics", f"${metrics * ALARM_METRIC:.2f}"),
        "dashboard": (f"${len(stack.dashboards) * DASHBOARD:.2f}",),
    }
    column = 2 if stack.monitoring == "full" else 3
    for name, facts in expected.items():
        row = re.search(rf"^\| {name} \|.*$", DOCUMENT.read_text(), re.MULTILINE)
        cell = row[0].split(" | ")[column].strip(" |") if row else ""
        for fact in facts:
            if fact not in cell:
                stack.fail(DOCUMENT.name, f"the row {name} does not say {fact} for Monitoring={stack.monitoring}")


CHECKS = (check_costs,)
