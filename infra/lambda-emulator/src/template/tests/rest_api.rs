use std::time::Duration;

use super::*;

const API: &str = r#"
Resources:
  Streams:
    Type: AWS::Serverless::Api
    Properties: {StageName: stream, Cors: {AllowOrigin: "'*'", MaxAge: "'600'"}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Events:
        E: {Type: Api, Properties: {RestApiId: !Ref Streams, Method: get, Path: "/x/{id}", ResponseTransferMode: RESPONSE_STREAM}}
"#;

fn error(from: &str, to: &str) -> String {
    let text = API.replace(from, to);
    assert_ne!(text, API);
    Template::parse(&format!("{text}{TABLE}")).unwrap_err().to_string()
}

#[test]
fn the_paths_of_a_rest_api_begin_with_its_stage() {
    let template = Template::parse(&format!("{API}{TABLE}")).unwrap();
    let [route] = &*template.functions[0].routes else { panic!() };
    assert_eq!((&*route.method, &*route.path, route.api), ("GET", "/stream/x/{id}", RouteApi::Rest));
    assert_eq!(route.timeout, Some(Duration::from_secs(29)));
    let api = template.rest_api.unwrap();
    assert_eq!(api.preflight.unwrap().len(), 2);
}

#[test]
fn a_rest_api_that_aws_would_refuse_is_refused() {
    for (from, to, expected) in [
        (
            "stream,",
            "a/b,",
            "Streams: Properties.StageName should be a name of letters, digits, hyphens and underscores",
        ),
        ("\"'600'\"", "600", "Streams: Properties.Cors.MaxAge should be a text in single quotes, for example \"'*'\""),
        (", Path: \"/x/{id}\"", "", "F: Properties.Events.E.Properties.Path is missing"),
        (
            "RESPONSE_STREAM}",
            "RESPONSE_STREAM, TimeoutInMillis: 900001}",
            "F: Properties.Events.E.Properties.TimeoutInMillis should be a whole number of milliseconds from 50 to 900000",
        ),
        (
            "RESPONSE_STREAM}",
            "BUFFERED}",
            "F: Properties.Events.E.Properties.ResponseTransferMode should be RESPONSE_STREAM, the only mode that the \
             emulator has for a REST API",
        ),
    ] {
        let error = error(from, to);
        assert!(error.ends_with(expected), "{error}");
    }
}
