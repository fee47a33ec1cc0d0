"""Checks the HTTP API: its alarms and the throttling of its routes."""

from .intrinsics import references, target

# The route of Clerk's deliveries.
WEBHOOK_ROUTE = "POST /webhooks/clerk"


def check_apis(stack):
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api", "APIs").items():
        stack.require_alarm(name, "AWS/ApiGateway", ["5xx"], "ApiId")
        stack.require_alarm(name, "AWS/ApiGateway", ["Latency"], "ApiId")
        routes = {f"{method.upper()} {path}" for path, methods in api["Body"]["paths"].items() for method in methods}
        for stage_name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
            if target(stage["ApiId"]) == name:
                check_throttling(stack, stage_name, stage, routes)
                check_webhook_throttling(stack, stage_name, stage, routes)


def check_throttling(stack, name, stage, routes):
    """Each POST has limits of its own. API Gateway takes a missing limit as 0, which refuses every request."""
    settings = stage.get("RouteSettings", {})
    for route in sorted(set(settings) - routes):
        stack.fail(name, f"RouteSettings names {route}, which is not a route")
    for route in sorted(route for route in routes if route.startswith("POST ")):
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            if not settings.get(route, {}).get(limit):
                stack.fail(name, f"{route} has no {limit} of its own")


def check_webhook_throttling(stack, name, stage, routes):
    """An operator who lowers a limit for callers must not lower the limit for Clerk's deliveries with it."""
    settings = stage.get("RouteSettings", {})
    if WEBHOOK_ROUTE not in routes:
        stack.fail(name, f"has no {WEBHOOK_ROUTE}, so this check is blind")
        return
    own = references(settings.get(WEBHOOK_ROUTE, {}))
    others = [stage.get("DefaultRouteSettings", {})]
    others += [each for route, each in settings.items() if route != WEBHOOK_ROUTE]
    for parameter in sorted(own & references(others)):
        stack.fail(name, f"{WEBHOOK_ROUTE} shares {parameter} with other routes")


CHECKS = (check_apis,)
