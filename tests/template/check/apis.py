"""Checks the APIs: their alarms, the throttling of their routes, and their domain."""

from .intrinsics import references, target

# The route of Clerk's deliveries.
WEBHOOK_ROUTE = "POST /webhooks/clerk"


def check_apis(stack):
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api", "APIs").items():
        if api.get("ProtocolType") == "WEBSOCKET":
            check_websocket_api(stack, name)
            continue
        stack.require_alarm(name, "AWS/ApiGateway", ["5xx"], "ApiId", always=True)
        stack.require_alarm(name, "AWS/ApiGateway", ["Latency"], "ApiId")
        routes = {f"{method.upper()} {path}" for path, methods in api["Body"]["paths"].items() for method in methods}
        for stage_name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
            if target(stage["ApiId"]) == name:
                check_throttling(stack, stage_name, stage, routes)
                check_webhook_throttling(stack, stage_name, stage, routes)


def check_websocket_api(stack, name):
    """Its handshake and its messages are watched and throttled, and its two-way route has a response."""
    stack.require_alarm(name, "AWS/ApiGateway", ["ExecutionError"], "ApiId", always=True)
    for refused in ("IntegrationError", "ClientError"):
        stack.require_alarm(name, "AWS/ApiGateway", [refused], "ApiId")
    for stage_name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        if target(stage["ApiId"]) == name:
            for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
                if not stage.get("DefaultRouteSettings", {}).get(limit):
                    stack.fail(stage_name, f"has no {limit}")
            if not stage.get("AccessLogSettings"):
                stack.fail(stage_name, "writes no access log")
    answered = {target(each["RouteId"]) for each in stack.of_type("AWS::ApiGatewayV2::RouteResponse").values()}
    for route_name, route in stack.of_type("AWS::ApiGatewayV2::Route", "WebSocket routes").items():
        if route.get("RouteResponseSelectionExpression") and route_name not in answered:
            stack.fail(route_name, "has no AWS::ApiGatewayV2::RouteResponse, so its answers reach no client")


def check_rest_apis(stack):
    """Each is watched, throttled and logged, streams every response, and waits as long as its functions may take."""
    functions = stack.of_type("AWS::Lambda::Function")
    timeouts = {name: stack.value(function.get("Timeout")) for name, function in functions.items()}
    for name, api in stack.of_type("AWS::ApiGateway::RestApi", "REST APIs").items():
        # Its metrics have its name, not its id.
        metrics = [metric for alarm in stack.alarms if alarm.notifies() for metric in alarm.metrics]
        if not any(metric == "5XXError" and each.get("ApiName") == api["Name"] for _, metric, each in metrics):
            stack.fail(name, "no alarm watches 5XXError")
        if api["EndpointConfiguration"]["Types"] != ["REGIONAL"]:
            stack.fail(name, "is not regional, so a stream that is silent for 30 s breaks off")
        for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
            headers = api["Body"]["x-amazon-apigateway-gateway-responses"].get(kind, {}).get("responseParameters", {})
            if "gatewayresponse.header.Access-Control-Allow-Origin" not in headers:
                stack.fail(name, f"{kind} has no CORS header, so a page cannot read it (GatewayResponses)")
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                if method == "options":
                    continue
                integration = operation["x-amazon-apigateway-integration"]
                if integration.get("responseTransferMode") != "STREAM":
                    stack.fail(name, f"{method.upper()} {path} does not stream (ResponseTransferMode)")
                longest = max(timeouts[each] for each in references(integration["uri"]) & set(timeouts)) \
                    if references(integration["uri"]) & set(timeouts) else None
                if longest and integration.get("timeoutInMillis", 29_000) < 1000 * longest:
                    stack.fail(name, f"{method.upper()} {path} breaks off before its function does (TimeoutInMillis)")
    for name, stage in stack.of_type("AWS::ApiGateway::Stage").items():
        if not stage.get("AccessLogSetting"):
            stack.fail(name, "writes no access log")
        settings = {(each["HttpMethod"], each["ResourcePath"]): each for each in stage.get("MethodSettings", [])}
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            if not all(each.get(limit) for each in settings.values()) or ("*", "/*") not in settings:
                stack.fail(name, f"has no {limit} for every method (MethodSettings)")


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


def check_domains(stack):
    """A domain is created only on request, with a mapping to an API's stage and a record in Route 53."""
    mappings = stack.of_type("AWS::ApiGatewayV2::ApiMapping")
    records = stack.of_type("AWS::Route53::RecordSet")
    for name, domain in stack.of_type("AWS::ApiGatewayV2::DomainName", "domains").items():
        if stack.resources[name].get("Condition") != "HasDomain":
            stack.fail(name, "is created although nobody asked for it")
        for configuration in domain["DomainNameConfigurations"]:
            if configuration.get("SecurityPolicy") != "TLS_1_2":
                stack.fail(name, "accepts TLS 1.0")
        mapped = {each: mapping for each, mapping in mappings.items() if target(mapping["DomainName"]) == name}
        if not mapped:
            stack.fail(name, "leads to no API (AWS::ApiGatewayV2::ApiMapping)")
        for each, mapping in mapped.items():
            stage = stack.resources.get(target(mapping["Stage"]), {}).get("Properties", {})
            if target(stage.get("ApiId", stage.get("RestApiId"))) != target(mapping["ApiId"]):
                stack.fail(each, "names a stage that its API does not have")
            if stack.resources[each].get("Condition") != "HasDomain":
                stack.fail(each, "is created although its domain is not")
        for each, record in records.items():
            if target(record.get("AliasTarget", {}).get("DNSName")) != name:
                stack.fail(each, "does not lead to the domain")
            if stack.resources[each].get("Condition") != "HasHostedZone":
                stack.fail(each, "is created although nobody named a hosted zone")
        if not records:
            stack.fail(name, "has no record in Route 53")


CHECKS = (check_apis, check_rest_apis, check_domains)
