use std::{path::Path, time::Duration};

use super::*;

mod names;
mod rest_api;
mod websocket_api;

const TABLE: &str = r"
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: KEYS_ONLY}
";

fn parse(functions: &str) -> Result<Template, TemplateError> {
    Template::parse(&format!("Resources:\n{TABLE}{functions}"))
}

fn project_template() -> Template {
    Template::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")).unwrap()
}

#[test]
fn the_template_of_this_project_is_read() {
    let template = project_template();
    let webhook = template.functions.iter().find(|function| function.name == "clerk-webhook").unwrap();
    assert_eq!(webhook.logical_id, "ClerkWebhook");
    assert_eq!(webhook.timeout, Duration::from_secs(14));
    assert_eq!((webhook.routes[0].method.as_str(), webhook.routes[0].path.as_str()), ("POST", "/webhooks/clerk"));
    assert_eq!(webhook.environment["TABLE_NAME"], "UsherTable");
    assert_eq!(webhook.environment["CLERK_WEBHOOK_SECRET"], "");

    let other = template.functions.iter().find(|function| function.name == "get-user").unwrap();
    assert_eq!((other.timeout, other.memory_mb), (Duration::from_secs(10), 256));
    assert!(!other.environment.contains_key("CLERK_WEBHOOK_SECRET"));

    let cors = template.cors.unwrap();
    assert_eq!(cors.allow_origins, ["*"]);
    assert_eq!(cors.max_age, Some(600));

    assert_eq!(template.table.name, "UsherTable");
    assert_eq!(template.table.key[1], Key { attribute: "sk".to_owned(), kind: KeyKind::Range });
    assert_eq!(template.table.indexes[0].name, "purge_pending-index");
    assert_eq!(template.table.stream_view_type.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    assert_eq!(template.table.ttl_attribute.as_deref(), Some("expires_at"));
}

#[test]
fn every_function_of_the_template_is_a_package() {
    for function in project_template().functions {
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions").join(&function.name).join("Cargo.toml");
        assert!(manifest.is_file(), "{} has no {}", function.logical_id, manifest.display());
    }
}

#[test]
fn streams_and_schedules_are_read() {
    let template = parse(
        r#"
  Purge:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/purge-deletions/
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Rows.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            ParallelizationFactor: 4
            MaximumBatchingWindowInSeconds: 2
            MaximumRetryAttempts: 3
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria:
              Filters:
                - Pattern: '{"dynamodb":{"NewImage":{"purge_pending":{"S":[{"exists":true}]}}}}'
        Sweep:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(5 minutes), Input: '{"sweep":true}'}
        Off:
          Type: Schedule
          Properties: {Schedule: rate(1 hour), Enabled: false}
"#,
    )
    .unwrap();
    let purge = &template.functions[0];
    assert_eq!(purge.name, "purge-deletions");
    assert_eq!(
        purge.streams,
        [StreamEvent {
            table: "Rows".to_owned(),
            batch_size: 10,
            parallelization_factor: 4,
            maximum_batching_window: Duration::from_secs(2),
            maximum_retry_attempts: Some(3),
            bisect_on_error: true,
            report_item_failures: true,
            filters: vec![Filter {
                pattern: r#"{"dynamodb":{"NewImage":{"purge_pending":{"S":[{"exists":true}]}}}}"#.to_owned(),
                place: "template.yaml:28".to_owned(),
            }],
        }]
    );
    assert_eq!(
        purge.schedules,
        [ScheduleEvent { every: Duration::from_secs(300), input: Some(r#"{"sweep":true}"#.to_owned()) }]
    );
}

#[test]
fn references_are_resolved_in_both_spellings() {
    let template = Template::parse(&format!(
        r#"
Parameters:
  Origins: {{Type: CommaDelimitedList, Default: "https://a.example, https://b.example"}}
  Given: {{Type: String}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {{CorsConfiguration: {{AllowOrigins: !Ref Origins}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Environment:
        Variables: {{A: !Ref Rows, B: {{Ref: Origins}}, C: !Sub "${{Rows}}-${{!x}}", D: 5, E: true, G: !Ref Given, H: !Ref AWS::Region}}
{TABLE}"#
    ))
    .unwrap();
    let environment = &template.functions[0].environment;
    let values: Vec<_> = ["A", "B", "C", "D", "E", "G", "H"].iter().map(|name| environment[*name].as_str()).collect();
    assert_eq!(values, ["Rows", "https://a.example, https://b.example", "Rows-${x}", "5", "true", "", "us-east-1"]);
    assert_eq!(template.cors.unwrap().allow_origins, ["https://a.example", "https://b.example"]);
    assert_eq!((template.functions[0].timeout, template.functions[0].memory_mb), (Duration::from_secs(3), 128));
}

#[test]
fn no_value_drops_a_global_variable() {
    let template = Template::parse(&format!(
        r#"
Globals:
  Function:
    Environment:
      Variables: {{KEY: secret, NAME: all}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Environment:
        Variables: {{KEY: !Ref AWS::NoValue}}
  G:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: functions/g}}
{TABLE}"#
    ))
    .unwrap();
    let names = |index: usize| template.functions[index].environment.keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(names(0), ["NAME"]);
    assert_eq!(names(1), ["KEY", "NAME"]);
}

#[test]
fn only_functions_that_call_clerk_hold_its_secret_key() {
    let template = project_template();
    let holders = |variable: &str| -> Vec<_> {
        let holds = |function: &&Function| function.environment.contains_key(variable);
        template.functions.iter().filter(holds).map(|function| function.name.as_str()).collect()
    };
    for variable in ["CLERK_SECRET_KEY", "CLERK_SECRET_KEY_PARAMETER", "CLERK_API_URL"] {
        let holders = holders(variable);
        assert!(holders.contains(&"delete-current-user") && holders.contains(&"reconcile-users"), "{holders:?}");
        assert!(!holders.contains(&"clerk-webhook") && !holders.contains(&"purge-deletions"), "{holders:?}");
    }
    for variable in ["CLERK_WEBHOOK_SECRET", "CLERK_WEBHOOK_SECRET_PARAMETER"] {
        assert_eq!(holders(variable), ["clerk-webhook"]);
    }
}

#[test]
fn errors_name_the_line_the_resource_and_the_property() {
    let function =
        |properties: &str| format!("  F:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}}}\n");
    let cases = [
        ("Timeout: 3", "F: Properties.CodeUri is missing"),
        ("CodeUri: a/f, Timeout: soon", "F: Properties.Timeout should be a whole number of seconds from 1 to 900"),
        ("CodeUri: a/f, Timeout: 0", "F: Properties.Timeout should be a whole number of seconds from 1 to 900"),
        ("CodeUri: a/f, MemorySize: 64", "F: Properties.MemorySize should be a whole number of MB from 128 to 10240"),
        (
            "CodeUri: a/f, Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{a:1}'}}}",
            "F: Properties.Events.E.Properties.Input should be a text that is JSON",
        ),
        (
            "CodeUri: a/f, Timeout: !Select [0, [1]]",
            "F: Properties.Timeout uses !Select, which the emulator does not resolve",
        ),
        (
            "CodeUri: a/f, Environment: {Variables: {X: !GetAtt Rows.Arn}}",
            "F: Properties.Environment.Variables.X uses !GetAtt Rows.Arn, which the emulator does not resolve",
        ),
        (
            "CodeUri: a/f, Events: {E: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, ParallelizationFactor: 11}}}",
            "F: Properties.Events.E.Properties.ParallelizationFactor should be a whole number from 1 to 10",
        ),
        (
            "CodeUri: a/f, Events: {E: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, \
             FilterCriteria: {Filters: [{}, {}, {}, {}, {}, {}]}}}}",
            "F: Properties.Events.E.Properties.FilterCriteria.Filters should be a list of at most 5 filters",
        ),
        (
            "CodeUri: a/f, Events: {E: {Type: SQS}}",
            "F: Properties.Events.E is of type SQS; the emulator sends HttpApi, Api, DynamoDB, Schedule and ScheduleV2 events",
        ),
        (
            "CodeUri: a/f, Events: {E: {Type: Schedule, Properties: {Schedule: cron(0 1 * * ? *)}}}",
            "F: Properties.Events.E.Properties.Schedule should be rate(<n> minutes|hours|days)",
        ),
    ];
    for (properties, message) in cases {
        let error = parse(&function(properties)).unwrap_err().to_string();
        assert_eq!(error, format!("template.yaml:11: {message}"));
    }
    assert!(matches!(Template::parse("Resources: {}"), Err(TemplateError::Count { count: 0, .. })));
    let error = Template::parse("a: 1\nb: ]\n").unwrap_err().to_string();
    assert!(error.starts_with("template.yaml:2: the template is not valid YAML: "), "{error}");
}

#[test]
fn a_method_that_no_http_api_has_is_refused() {
    let route = |method: &str| {
        let event = format!("{{Type: HttpApi, Properties: {{Method: {method}, Path: /x}}}}");
        parse(&format!(
            "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: a/f\n      Events:\n        E: {event}\n"
        ))
    };
    assert_eq!(route("patch").unwrap().functions[0].routes[0].method, "PATCH");
    assert_eq!(route("'*'").unwrap().functions[0].routes[0].method, "ANY");
    let error = route("FETCH").unwrap_err().to_string();
    let place = "template.yaml:14: F: Properties.Events.E.Properties.Method";
    assert_eq!(error, format!("{place} should be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY"));
}

#[test]
fn a_template_is_named_by_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.yaml");
    std::fs::write(&path, "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Propertys: {}\n").unwrap();
    let error = Template::load(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{}:4: F: Propertys is not a property of a resource; did you mean Properties?", path.display())
    );
}
