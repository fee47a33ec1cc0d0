"""Checks what template.yaml deploys, as the SAM translator expands it, without asking AWS.

    PYTHONPATH=tests/template python -m check [template.yaml]

Needs the packages of the SAM CLI. Prints each problem with its resource, and a summary.
Exits with 0 if there is no problem, otherwise with 1.
"""

import sys
from pathlib import Path

from . import alarms, apis, costs, deployment, environments, functions, notifications, permissions, storage
from .stack import Stack

ROOT = Path(__file__).resolve().parents[3]

SUBJECTS = (alarms, functions, storage, notifications, deployment, environments, apis, permissions, costs)

# The values of the parameter Monitoring.
MONITORING = ("full", "minimal")

# Every stack has these. A check that finds none would pass without checking anything.
REQUIRED = (
    "alarms", "alarm metrics", "functions", "secrets", "stream mappings", "schedules", "tables", "queues", "log groups", "topics",
    "budgets", "deployment groups", "APIs", "domains", "roles",
)  # fmt: skip


def find_problems(stack):
    for subject in SUBJECTS:
        for check in subject.CHECKS:
            check(stack)
    for kind in REQUIRED:
        if not stack.counts[kind]:
            stack.fail(stack.path.name, f"has no {kind}, so their check is blind")
    return stack.problems


def main():
    path = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "template.yaml"
    failed = False
    for monitoring in MONITORING:
        stack = Stack(path, monitoring)
        problems = find_problems(stack)
        for problem in problems:
            print(problem, file=sys.stderr)
        counts = ", ".join(f"{count} {kind}" for kind, count in stack.counts.items())
        print(f"{path.name}, Monitoring={monitoring}: {counts}: {len(problems)} problems")
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
