//! The WebSocket API.

use super::*;

const TEXT: &str = r#"
Resources:
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Connect:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/live-connect, AutoPublishAlias: live}
  Talk:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/live-talk
      AutoPublishAlias: live
      Environment: {Variables: {URL: !Sub "https://${Live}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"}}
      Policies:
        - Statement:
            Effect: Allow
            Action: execute-api:ManageConnections
            Resource: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Live}/live/*
  Live:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      DefaultRouteSettings: {ThrottlingRateLimit: 100}
      AccessLogSettings: {DestinationArn: !GetAtt Log.Arn, Format: "{}"}
      Routes:
        $connect: {FunctionArn: !Ref Connect.Alias}
        $disconnect: {FunctionArn: !GetAtt Connect.Arn}
        $default:
          FunctionArn: !Ref Talk.Alias
          IntegrationTimeout: 5000
          RouteResponseSelectionExpression: $default
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Live, RouteId: !Ref LiveDefaultRoute, RouteResponseKey: $default}
  Log:
    Type: AWS::Logs::LogGroup
Outputs:
  Url: {Value: !Sub "${Live.ApiEndpoint}/live"}
  Stage: {Value: !Ref Live.Stage}
"#;

/// Returns the error of the template after a change.
fn error_after(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "{from}");
    Template::parse(&TEXT.replacen(from, to, 1)).unwrap_err().to_string()
}

fn line_of(text: &str) -> usize {
    TEXT.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn the_routes_of_a_websocket_api_are_read() {
    let api = Template::parse(TEXT).unwrap().websocket_api.unwrap();
    let route = |key: &str, function: &str, timeout, responds| {
        let (key, function, timeout) = (key.to_owned(), function.to_owned(), Duration::from_millis(timeout));
        WebSocketRoute { key, function, timeout, responds }
    };
    let routes = vec![
        route("$connect", "live-connect", 29_000, false),
        route("$disconnect", "live-connect", 29_000, false),
        route("$default", "live-talk", 5_000, true),
    ];
    assert_eq!(api, WebSocketApi { stage: "live".to_owned(), selection: Vec::new(), routes });
}

#[test]
fn a_response_needs_an_expression_and_a_resource() {
    let responds = |text: &str| {
        let api = Template::parse(text).unwrap().websocket_api.unwrap();
        api.route("$default").unwrap().responds
    };
    assert!(responds(TEXT));
    assert!(!responds(&TEXT.replace("          RouteResponseSelectionExpression: $default\n", "")));
    assert!(!responds(&TEXT.replace("RouteId: !Ref LiveDefaultRoute", "RouteId: !Ref LiveConnectRoute")));
}

#[test]
fn a_template_may_have_no_websocket_api() {
    assert_eq!(parse("").unwrap().websocket_api, None);
    let two = TEXT.replace("  Log:\n", "  Other:\n    Type: AWS::Serverless::WebSocketApi\n  Log:\n");
    assert!(matches!(Template::parse(&two), Err(TemplateError::Count { count: 2, .. })));
}

#[test]
fn the_selection_is_read_if_a_route_depends_on_it() {
    let own = TEXT.replace("$disconnect:", "join:");
    assert_eq!(Template::parse(&own).unwrap().websocket_api.unwrap().selection, ["action"]);
    let line = line_of("RouteSelectionExpression: $request");
    let error = Template::parse(&own.replace("$request.body.action", "'${request.body.action}'")).unwrap_err();
    let property = "Live: Properties.RouteSelectionExpression";
    assert_eq!(error.to_string(), format!("template.yaml:{line}: {property} should be $request.body.<name>"));
    // A template that has it in Globals needs none here.
    let global = "Globals: {WebSocketApi: {RouteSelectionExpression: $request.body.kind}}\n";
    let global = format!("{global}{}", own.replace("      RouteSelectionExpression: $request.body.action\n", ""));
    assert_eq!(Template::parse(&global).unwrap().websocket_api.unwrap().selection, ["kind"]);
}

#[test]
fn a_mistake_in_a_websocket_api_is_an_error_with_its_line() {
    let place = |text: &str| format!("template.yaml:{}: Live: Properties.Routes", line_of(text));
    let (connect, disconnect) = ("$connect: {FunctionArn: !Ref Connect.Alias}", "$disconnect: {FunctionArn");
    let arn = "!Ref <function>.Alias or !GetAtt <function>.Arn";
    let cases = [
        (connect, "$connect: {}", format!("{}.$connect.FunctionArn is missing", place(connect))),
        (
            connect,
            "$connect: {FunctionArn: !Ref Connect}",
            format!("{}.$connect.FunctionArn should be {arn}", place(connect)),
        ),
        (
            connect,
            "$connect: {FunctionArn: !GetAtt Rows.Arn}",
            format!(
                "{}.$connect.FunctionArn should be the ARN or the alias of a function of the template",
                place(connect)
            ),
        ),
        (
            connect,
            "$connect: {FunctionArn: !Ref Conect.Alias}",
            format!(
                "{}.$connect.FunctionArn is !Ref Conect.Alias, but there is no parameter or resource Conect.Alias; did you \
                 mean Connect?",
                place(connect)
            ),
        ),
        (disconnect, "$disconnect: {FunctionAn", {
            let hint = "is not a property of a route of a WebSocket API; did you mean FunctionArn?";
            format!("{}.$disconnect.FunctionAn {hint}", place(disconnect))
        }),
        (
            "IntegrationTimeout: 5000",
            "IntegrationTimeout: 30000",
            format!(
                "{}.$default.IntegrationTimeout should be a whole number of milliseconds from 50 to 29000",
                place("IntegrationTimeout: 5000")
            ),
        ),
        ("$connect: {", "join: {", format!("{}.$connect is missing", place("      Routes:"))),
        (
            "StageName: live",
            "StageNam: live",
            format!(
                "template.yaml:{}: Live: Properties.StageNam is not a property of AWS::Serverless::WebSocketApi; did you mean \
                 StageName?",
                line_of("StageName: live")
            ),
        ),
        (
            "StageName: live",
            "StageName: $default",
            format!(
                "template.yaml:{}: Live: Properties.StageName should be a name of letters, digits, hyphens and underscores",
                line_of("StageName: live")
            ),
        ),
        (
            "RouteId: !Ref LiveDefaultRoute",
            "RouteId: !Ref LiveOtherRoute",
            format!(
                "template.yaml:{}: Response: Properties.RouteId is !Ref LiveOtherRoute, but there is no parameter or resource \
                 LiveOtherRoute; did you mean Live?",
                line_of("RouteId")
            ),
        ),
        (
            "RouteResponseKey",
            "RouteResponsKey",
            format!(
                "template.yaml:{}: Response: Properties.RouteResponsKey is not a property of AWS::ApiGatewayV2::RouteResponse; \
                 did you mean RouteResponseKey?",
                line_of("RouteId")
            ),
        ),
    ];
    for (from, to, message) in cases {
        assert_eq!(error_after(from, to), message);
    }
}
