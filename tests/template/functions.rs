//! The functions of the template: their triggers, rights and access log.

use std::{fs, time::Duration};

use harness::grants;
use local::template::Template;
use regex::Regex;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value};

fn template() -> Template {
    Template::load(&local::find_template()).unwrap()
}

/// The variables of API Gateway that the access log may contain. API Gateway creates their values, so none can contain
/// a quotation mark. A path, a user agent or an error message can.
const SAFE_LOG_VARIABLES: [&str; 12] = [
    "$context.connectionId",
    "$context.error.responseType",
    "$context.httpMethod",
    "$context.identity.sourceIp",
    "$context.integration.requestId",
    "$context.integrationLatency",
    "$context.integrationStatus",
    "$context.requestId",
    "$context.resourcePath",
    "$context.responseLatency",
    "$context.routeKey",
    "$context.status",
];

/// The formats of a line of the access log: of the HTTP API, the streaming API and the WebSocket API.
fn access_log_formats() -> [String; 3] {
    let text = fs::read_to_string(local::find_template()).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    [("Api", "AccessLogSettings"), ("StreamApi", "AccessLogSetting"), ("LiveApi", "AccessLogSettings")]
        .map(|(api, log)| documents[0]["Resources"][api]["Properties"][log]["Format"].as_str().unwrap().to_owned())
}

/// The function logs the id of Lambda as `request_id`, and callers get it in problems.
#[test]
fn an_access_log_line_has_the_request_id_of_the_function() {
    for format in access_log_formats() {
        let line: Map<String, Value> = serde_json::from_str(&format).unwrap();
        assert_eq!(line["request_id"], "$context.integration.requestId");
        assert_eq!(line["api_request_id"], "$context.requestId");
    }
}

/// API Gateway writes `-` for a variable that has no value.
#[test]
fn an_access_log_line_is_json_with_any_value_missing() {
    let variables = Regex::new(r"\$[A-Za-z.]+").unwrap();
    for format in &access_log_formats() {
        for found in variables.find_iter(format) {
            assert!(SAFE_LOG_VARIABLES.contains(&found.as_str()), "{}", found.as_str());
            for value in ["-", "200", "POST /threads/{thread_id}"] {
                let line = variables.replace_all(format, |variable: &regex::Captures<'_>| {
                    if &variable[0] == found.as_str() { value } else { "text" }.to_owned()
                });
                let members: Map<String, Value> = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
                assert!(members.values().any(|member| member.as_str().unwrap().contains(value)), "{line}");
            }
        }
    }
}

/// The only exception is a function that stores a user fetched from Clerk, before the webhook of the user arrives.
#[test]
fn functions_that_only_read_may_not_write() {
    for function in template().functions {
        if function.routes.iter().all(|route| route.method == "GET") && !function.routes.is_empty() {
            for grant in &grants()[&function.name] {
                let expected = match grant.right.action.as_str() {
                    "dynamodb:GetItem" | "dynamodb:Query" => (None, "table"),
                    "dynamodb:PutItem" => (Some("AsksClerk"), "table"),
                    _ => (Some("AsksClerk"), "parameter/ClerkSecretKeyParameter"),
                };
                assert_eq!((grant.condition.as_deref(), grant.right.resource.as_str()), expected, "{}", function.name);
            }
        }
    }
}

#[test]
fn every_function_has_one_route_or_its_own_trigger() {
    let template = template();
    for function in template.functions {
        if function.name == "reconcile-users" {
            let [schedule] = function.schedules.as_slice() else { panic!("{:?}", function.schedules) };
            // The schedule comes often, to continue an unfinished run. A new run starts once a day and deletes no user.
            assert_eq!(schedule.every, Duration::from_secs(15 * 60));
            let input = r#"{"dry_run":false,"scheduled":true,"at_most_every_hours":23}"#;
            assert_eq!(schedule.input.as_deref(), Some(input));
            assert_eq!(function.environment["DELETE_UNKNOWN_USERS"], "false");
            assert_eq!((function.routes.len(), function.streams.len()), (0, 0));
            continue;
        }
        if function.name.starts_with("live-") {
            let route = function.name.replace("live-", "$");
            let routes = &template.websocket_api.as_ref().unwrap().routes;
            assert!(routes.iter().any(|known| known.key == route), "{route}");
            let events = (function.routes.len(), function.streams.len(), function.schedules.len());
            assert_eq!(events, (0, 0, 0), "{}", function.name);
            continue;
        }
        if function.name == "notify-changes" {
            let [stream] = function.streams.as_slice() else { panic!("{:?}", function.streams) };
            // A record is repeated as long as a connection that was open at its time can last.
            assert_eq!((stream.maximum_retry_attempts, stream.report_item_failures), (None, true));
            assert_eq!((function.routes.len(), function.schedules.len()), (0, 0));
            continue;
        }
        if function.name != "purge-deletions" {
            let events = (function.routes.len(), function.streams.len(), function.schedules.len());
            assert_eq!(events, (1, 0, 0), "{}", function.name);
            continue;
        }
        assert_eq!(function.routes, []);
        let [stream] = function.streams.as_slice() else { panic!("{:?}", function.streams) };
        assert_eq!(stream.table, "UsherTable");
        // The filter selects deletions that are new or woken. Without it every write would invoke the function, even
        // its own.
        let filters: Vec<&str> = stream.filters.iter().map(|filter| filter.pattern.as_str()).collect();
        assert_eq!(filters, [r#"{"dynamodb":{"NewImage":{"woken_at":{"N":[{"exists":true}]}}}}"#]);
        let [schedule] = function.schedules.as_slice() else { panic!("{:?}", function.schedules) };
        assert_eq!((schedule.every, &schedule.input), (Duration::from_secs(5 * 60), &None));
        assert_eq!(function.environment["PURGE_SETTLE_SECONDS"], "60");
        assert_eq!(function.timeout, Duration::from_secs(900), "the maximum of Lambda, for the largest account");
    }
}
