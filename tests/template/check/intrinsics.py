"""Reads values of a template that hold CloudFormation's intrinsic functions."""

import re


def as_list(value):
    """Returns a list as it is, None as an empty list, and anything else as a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def alternatives(value):
    """Returns both branches of an Fn::If, without AWS::NoValue; any other value as the only one."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [each for branch in value["Fn::If"][1:] for each in alternatives(branch)]
    if value == {"Ref": "AWS::NoValue"}:
        return []
    return [each for item in value for each in alternatives(item)] if isinstance(value, list) else [value]


def target(value):
    """Returns the logical id of a Ref or Fn::GetAtt, or of an Fn::Sub that names only one; otherwise None.

    For a Ref to a parameter, that is the parameter's name.
    """
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


def references(value):
    """Returns every logical id that a value names."""
    if isinstance(value, dict):
        found = {value.get("Ref")} | {target(value)}
        return found.union(*map(references, value.values())) - {None}
    if isinstance(value, list):
        return set().union(*map(references, value))
    return set(re.findall(r"\$\{([A-Za-z0-9]+)", value)) if isinstance(value, str) else set()


def conditions(value):
    """Returns the names of the conditions that a value, or a condition, depends on."""
    if isinstance(value, dict):
        found = {value["Fn::If"][0]} if "Fn::If" in value else set()
        if isinstance(value.get("Condition"), str):
            found.add(value["Condition"])
        return found.union(*map(conditions, value.values()))
    return set().union(*map(conditions, value)) if isinstance(value, list) else set()


def texts(value):
    """Returns every string in a value, so that a wildcard inside an Fn::Sub or Fn::Join is found too."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [str(value)]


def holds(assertion, parameters, conditions=None):
    """Evaluates an assertion of the template's Rules, or a condition, for these values of the parameters.

    `conditions` are those that the condition may name.
    """
    if "Ref" in assertion:
        return parameters[assertion["Ref"]]
    if "Condition" in assertion:
        return holds(conditions[assertion["Condition"]], parameters, conditions)
    [(function, arguments)] = assertion.items()
    values = [each if isinstance(each, str) else holds(each, parameters, conditions) for each in arguments]
    if function == "Fn::Equals":
        return values[0] == values[1]
    return {"Fn::Not": lambda: not values[0], "Fn::And": lambda: all(values), "Fn::Or": lambda: any(values)}[function]()
