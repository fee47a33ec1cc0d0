"""Checks the environments of samconfig.toml together with the operator's own parameters, as the README shows them."""

import re
from pathlib import Path

from samcli.cli.types import CfnParameterOverridesType
from samcli.lib.config.samconfig import SamConfig
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parents[3]

# The file of each environment's own parameters, and the days for which logs are kept.
ENVIRONMENTS = {"default": ("dev", "7"), "staging": ("staging", "14"), "prod": ("prod", "90")}


def check_environments(stack):
    """The operator's parameters come on top of the environment's, and do not replace the whole list."""
    own = own_parameters()
    for environment, (file, retention) in ENVIRONMENTS.items():
        name = f"samconfig.toml, {environment}"
        *listed, last = overrides(environment, "deploy")
        if last != f"file://parameters/{file}.yaml":
            stack.fail(name, f"deploys without the parameters of parameters/{file}.yaml")
        values = CfnParameterOverridesType().convert([*listed, own], None, None)
        if values.get("LogRetentionDays") != retention:
            stack.fail(name, f"keeps logs for {values.get('LogRetentionDays')} days instead of {retention}")
        if any(values.get(key) != value for key, value in own.items()):
            stack.fail(name, "replaces the operator's own parameters")
        for key, value in values.items():
            check_value(stack, name, key, value)
        if not set(overrides(environment, "build")) <= set(listed):
            stack.fail(name, "builds with other parameters than it deploys")


def overrides(environment, command):
    """Returns the entries of parameter_overrides. Reads the file anew, because SamConfig changes what it has read."""
    return SamConfig(str(ROOT), "samconfig.toml").get_all([command], "parameters", environment)["parameter_overrides"]


def own_parameters():
    """Returns the example of parameters/prod.yaml in the README."""
    return dict(yaml_parse(re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]))


def check_value(stack, name, key, value):
    parameter = stack.parameters.get(key)
    if parameter is None:
        stack.fail(name, f"sets {key}, which is not a parameter of the template")
        return
    if value not in map(str, parameter.get("AllowedValues", [value])):
        stack.fail(name, f"sets {key} to {value}, which the template does not allow")
    if not re.search(parameter.get("AllowedPattern", ""), value):
        stack.fail(name, f"sets {key} to {value}, which does not match its AllowedPattern")


def check_commands(stack):
    """A command of the README that overrides parameters would drop the list of samconfig.toml."""
    commands = re.findall(r"^ *sam (?:build|deploy).*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    if len(commands) < 2:
        stack.fail("README.md", "has no commands that deploy, so this check is blind")
    for command in commands:
        environment = re.search(r"--config-env (\w+)", command)
        if "--parameter-overrides" in command or not environment or environment[1] not in ENVIRONMENTS:
            stack.fail("README.md", f"{command.strip()} does not use the parameters of an environment")


CHECKS = (check_environments, check_commands)
