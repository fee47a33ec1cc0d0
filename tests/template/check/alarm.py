"""Reads a CloudWatch alarm: the metrics that it watches, and whether anybody is notified."""

from .intrinsics import alternatives, target


class Alarm:
    """An alarm of the template or of a nested stack."""

    def __init__(self, name, properties, arguments):
        """Takes `arguments`, the parameters of the nested stack, to resolve references to the parent's resources."""

        def resolved(value):
            return arguments.get(value["Ref"], value) if isinstance(value, dict) and "Ref" in value else value

        self.name, self.properties = name, properties
        queries = [query for query in alternatives(properties.get("Metrics", [])) if "MetricStat" in query]
        metrics = [query["MetricStat"]["Metric"] for query in queries] or [properties]
        # Namespace, name and dimensions of each metric.
        self.metrics = [
            (
                target(resolved(metric.get("Namespace"))) or resolved(metric.get("Namespace")),
                metric.get("MetricName"),
                {each["Name"]: resolved(each["Value"]) for each in metric.get("Dimensions", [])},
            )
            for metric in metrics
        ]

    def notifies(self):
        """Returns whether the alarm does anything when it goes on."""
        return self.properties.get("ActionsEnabled", True) is True and bool(self.properties.get("AlarmActions"))

    def watches(self, namespace, names, dimension, resource, **others):
        """Returns whether the alarm watches one of these metrics of a resource.

        `others` are further dimensions with the values that they must have. None: the metric must lack the dimension.
        """
        return any(
            space == namespace
            and name in names
            and all(dimensions.get(key) == value for key, value in others.items())
            and resource in [target(value) for value in alternatives(dimensions.get(dimension))]
            for space, name, dimensions in self.metrics
        )
