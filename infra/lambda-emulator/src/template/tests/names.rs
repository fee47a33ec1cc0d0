//! Misspelt names, and references to nothing.

use super::*;

const TEXT: &str = r#"
Parameters:
  Stage: {Type: String, Default: test}
Mappings:
  Limits: {test: {rate: 1}}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsOther: !Not [Condition: IsTest]
Rules:
  HasStage:
    Assertions:
      - Assert: !Not [!Equals [!Ref Stage, ""]]
        AssertDescription: Set Stage
Globals:
  Function:
    Timeout: 3
    LoggingConfig:
      LogFormat: JSON
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration:
        AllowOrigins: ['*']
      RouteSettings:
        GET /x:
          ThrottlingRateLimit: !FindInMap [Limits, !Ref Stage, rate]
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema:
        - AttributeName: pk
          KeyType: HASH
      StreamSpecification:
        StreamViewType: KEYS_ONLY
      TimeToLiveSpecification:
        Enabled: true
        AttributeName: ends
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: IsTest
    Properties:
      AlarmName: !Sub ${AWS::StackName}-${Stage}-${!x}
      AlarmDescription: !Sub ["${Rows.Arn} ${Name}", {Name: !GetAtt [Rows, StreamArn]}]
  F:
    Type: AWS::Serverless::Function
    DependsOn: Rows
    Properties:
      CodeUri: functions/f
      Role: !GetAtt GRole.Arn
      Environment:
        Variables: {A: b}
      Policies:
        - DynamoDBReadPolicy: {TableName: !Ref Rows}
        - Version: "2012-10-17"
          Statement:
            - !If
              - IsOther
              - Effect: Allow
                Action: dynamodb:GetItem
                Resource: !GetAtt Rows.Arn
                Condition: {StringEquals: {a: b}}
              - !Ref AWS::NoValue
      Events:
        Route:
          Type: HttpApi
          Properties:
            Method: GET
            Path: /x
        Tick:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(1 hour)
            RetryPolicy: {MaximumRetryAttempts: 1}
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Rows.StreamArn
            FilterCriteria:
              Filters:
                - Pattern: '{"a":["b"]}'
  G:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/g}
Outputs:
  Name:
    Condition: IsOther
    Value: !If [IsTest, !Ref Api.Stage, !Sub "${F.Alias}"]
"#;

/// Asserts that the template is refused with each message, at the line of `wrong`, after `right` is replaced.
fn assert_refused(cases: &[(&str, &str, &str)]) {
    for (right, wrong, message) in cases {
        assert_eq!(TEXT.matches(right).count(), 1, "{right}");
        let text = TEXT.replace(right, wrong);
        // The last line of what was replaced is the one with the mistake.
        let start = TEXT.find(right).unwrap();
        let line = text[..start + wrong.trim_end().len()].lines().count();
        let error = Template::parse(&text).unwrap_err().to_string();
        assert_eq!(error, format!("template.yaml:{line}: {message}"));
    }
}

#[test]
fn known_names_are_accepted() {
    Template::parse(TEXT).unwrap();
}

#[test]
fn a_misspelt_section_or_key_of_a_section_is_refused() {
    assert_refused(&[
        ("Globals:", "Global:", "the template: Global is not a property of a template; did you mean Globals?"),
        (
            "Default: test",
            "Defualt: test",
            "Parameters: Stage.Defualt is not a property of a parameter; did you mean Default?",
        ),
        ("  Function:\n", "  Functions:\n", "Globals: Functions is not a property of Globals; did you mean Function?"),
        (
            "Timeout",
            "TimeOut",
            "Globals: Function.TimeOut is not a property of Globals.Function; did you mean Timeout?",
        ),
        (
            "LogFormat",
            "Format",
            "Globals: Function.LoggingConfig.Format is not a property of LoggingConfig; did you mean LogFormat?",
        ),
        (
            "      - Assert:",
            "      - Asert:",
            "Rules: HasStage.Assertions.0.Asert is not a property of an assertion; did you mean Assert?",
        ),
        ("    Value:", "    Vaule:", "Outputs: Name.Vaule is not a property of an output; did you mean Value?"),
    ]);
}

#[test]
fn a_misspelt_key_of_a_resource_is_refused() {
    assert_refused(&[
        (
            "CorsConfiguration",
            "Cors",
            "Api: Properties.Cors is not a property of AWS::Serverless::HttpApi; did you mean CorsConfiguration?",
        ),
        (
            "AllowOrigins",
            "AllowOrigin",
            "Api: Properties.CorsConfiguration.AllowOrigin is not a property of CorsConfiguration; did you mean AllowOrigins?",
        ),
        (
            "ThrottlingRateLimit",
            "RateLimit",
            "Api: Properties.RouteSettings.GET /x.RateLimit is not a property of the settings of a route; known: DataTraceEnabled, DetailedMetricsEnabled, LoggingLevel, ThrottlingBurstLimit, ThrottlingRateLimit",
        ),
        (
            "KeySchema",
            "KeyScheme",
            "Rows: Properties.KeyScheme is not a property of AWS::DynamoDB::Table; did you mean KeySchema?",
        ),
        (
            "KeyType",
            "Keytype",
            "Rows: Properties.KeySchema.0.Keytype is not a property of a key; did you mean KeyType?",
        ),
        (
            "StreamViewType",
            "StreamType",
            "Rows: Properties.StreamSpecification.StreamType is not a property of StreamSpecification; did you mean StreamViewType?",
        ),
        (
            "Enabled",
            "Enable",
            "Rows: Properties.TimeToLiveSpecification.Enable is not a property of TimeToLiveSpecification; did you mean Enabled?",
        ),
        (
            "AlarmName",
            "Name",
            "Alarm: Properties.Name is not a property of AWS::CloudWatch::Alarm; did you mean Namespace?",
        ),
        ("DependsOn", "Depends", "F: Depends is not a property of a resource; did you mean DependsOn?"),
    ]);
    let text = TEXT.replace("AWS::Serverless::HttpApi", "AWS::Serverless::HttpAPI");
    let message = "template.yaml:21: Api: Type: AWS::Serverless::HttpAPI is not a resource type of SAM or CloudFormation; did you mean \
                   AWS::Serverless::HttpApi?";
    assert_eq!(Template::parse(&text).unwrap_err().to_string(), message);
}

#[test]
fn a_misspelt_key_of_a_function_is_refused() {
    assert_refused(&[
        (
            "Environment",
            "Enviroment",
            "F: Properties.Enviroment is not a property of AWS::Serverless::Function; did you mean Environment?",
        ),
        (
            "Variables",
            "Variable",
            "F: Properties.Environment.Variable is not a property of Environment; did you mean Variables?",
        ),
        (
            "DynamoDBReadPolicy",
            "DynamoReadPolicy",
            "F: Properties.Policies.0.DynamoReadPolicy is not a property of a policy; did you mean DynamoDBReadPolicy?",
        ),
        (
            "Statement:",
            "Statment:",
            "F: Properties.Policies.1.Statment is not a property of a policy; did you mean Statement?",
        ),
        (
            "Effect",
            "Efect",
            "F: Properties.Policies.1.Statement.0.1.Efect is not a property of a policy statement; did you mean Effect?",
        ),
        (
            "Action",
            "Acton",
            "F: Properties.Policies.1.Statement.0.1.Acton is not a property of a policy statement; did you mean Action?",
        ),
        (
            "Method",
            "Methd",
            "F: Properties.Events.Route.Properties.Methd is not a property of an HttpApi event; did you mean Method?",
        ),
        (
            "ScheduleExpression",
            "Schedule",
            "F: Properties.Events.Tick.Properties.Schedule is not a property of a ScheduleV2 event; did you mean ScheduleExpression?",
        ),
        (
            "MaximumRetryAttempts",
            "MaximumRetries",
            "F: Properties.Events.Tick.Properties.RetryPolicy.MaximumRetries is not a property of RetryPolicy; did you mean MaximumRetryAttempts?",
        ),
        (
            "Filters",
            "Filter",
            "F: Properties.Events.Stream.Properties.FilterCriteria.Filter is not a property of FilterCriteria; did you mean Filters?",
        ),
        (
            "Pattern",
            "Patern",
            "F: Properties.Events.Stream.Properties.FilterCriteria.Filters.0.Patern is not a property of a filter; did you mean Pattern?",
        ),
    ]);
}

#[test]
fn a_reference_to_nothing_is_refused() {
    assert_refused(&[
        (
            "!Equals [!Ref Stage, test]",
            "!Equals [!Ref Stag, test]",
            "Conditions: IsTest.0 is !Ref Stag, but there is no parameter Stag; did you mean Stage?",
        ),
        (
            "!Equals [!Ref Stage, test]",
            "!Equals [!Ref Rows, test]",
            "Conditions: IsTest.0 is !Ref Rows, but there is no parameter Rows; known: Stage",
        ),
        (
            "[Condition: IsTest]",
            "[Condition: IsTst]",
            "Conditions: IsOther.0.Condition is IsTst, but there is no condition IsTst; did you mean IsTest?",
        ),
        (
            "!Not [Condition",
            "!Nott [Condition",
            "Conditions: IsOther: !Nott is not an intrinsic function; did you mean Not?",
        ),
        (
            "FindInMap [Limits",
            "FindInMap [Limit",
            "Api: Properties.RouteSettings.GET /x.ThrottlingRateLimit.0 is !FindInMap [Limit, …], but there is no mapping Limit; did you mean Limits?",
        ),
        (
            "Condition: IsTest\n",
            "Condition: Production\n",
            "Alarm: Condition is Production, but there is no condition Production; known: IsTest, IsOther",
        ),
        (
            "-${Stage}-",
            "-${Stge}-",
            "Alarm: Properties.AlarmName is !Sub with ${Stge}, but there is no parameter or resource Stge; did you mean Stage?",
        ),
        (
            "${AWS::StackName}",
            "${AWS::StackNam}",
            "Alarm: Properties.AlarmName is !Sub with ${AWS::StackNam}, but there is no pseudo parameter AWS::StackNam; did you mean AWS::StackName?",
        ),
        (
            "${Name}",
            "${Nane}",
            "Alarm: Properties.AlarmDescription is !Sub with ${Nane}, but there is no parameter or resource Nane; known: Stage, Api, Rows, Alarm, F, G",
        ),
        (
            "${Rows.Arn}",
            "${Row.Arn}",
            "Alarm: Properties.AlarmDescription is !Sub with ${Row.Arn}, but there is no resource Row; did you mean Rows?",
        ),
        (
            "[Rows, StreamArn]",
            "[Rows, StreamARN]",
            "Alarm: Properties.AlarmDescription.1.Name is !GetAtt Rows.StreamARN, but there is no attribute StreamARN; did you mean StreamArn?",
        ),
        (
            "DependsOn: Rows",
            "DependsOn: [Api, Row]",
            "F: DependsOn is Row, but there is no resource Row; did you mean Rows?",
        ),
        (
            "GRole.Arn",
            "HRole.Arn",
            "F: Properties.Role is !GetAtt HRole.Arn, but there is no resource HRole; known: Api, Rows, Alarm, F, G",
        ),
        (
            "- IsOther",
            "- IsOthr",
            "F: Properties.Policies.1.Statement.0.0 is !If IsOthr, but there is no condition IsOthr; did you mean IsOther?",
        ),
        (
            "Condition: IsOther",
            "Condition: IsOter",
            "Outputs: Name.Condition is IsOter, but there is no condition IsOter; did you mean IsOther?",
        ),
        (
            "!Ref Api.Stage",
            "!Ref Rows.Stage",
            "Outputs: Name.Value.1 is !Ref Rows.Stage, but there is no parameter or resource Rows.Stage; did you mean Rows?",
        ),
    ]);
}

#[test]
fn a_text_that_is_none_of_the_few_is_refused() {
    assert_refused(&[
        (
            "Type: String, Default: test",
            "Type: Strng, Default: test",
            "Parameters: Stage.Type cannot be Strng; did you mean String?",
        ),
        (
            "Default: test",
            "AllowedValues: [prod, dev], Default: test",
            "Parameters: Stage.Default cannot be test; known: prod, dev",
        ),
        (
            "AllowOrigins: ['*']\n",
            "AllowOrigins: ['*']\n        AllowMethods: ['*', POSt]\n",
            "Api: Properties.CorsConfiguration.AllowMethods.1 cannot be POSt; did you mean POST?",
        ),
        ("JSON\n", "Json\n", "Globals: Function.LoggingConfig.LogFormat cannot be Json; did you mean JSON?"),
        (
            "AttributeType: S",
            "AttributeType: String",
            "Rows: Properties.AttributeDefinitions.0.AttributeType cannot be String; did you mean S?",
        ),
        ("HASH", "HSH", "Rows: Properties.KeySchema.0.KeyType cannot be HSH; did you mean HASH?"),
        (
            "KEYS_ONLY",
            "KEYS",
            "Rows: Properties.StreamSpecification.StreamViewType cannot be KEYS; did you mean KEYS_ONLY?",
        ),
        (
            "AttributeName: pk\n",
            "AttributeName: id\n",
            "Rows: Properties.KeySchema.0.AttributeName is id, but there is no attribute definition id; known: pk",
        ),
        (
            "Effect: Allow",
            "Effect: Alow",
            "F: Properties.Policies.1.Statement.0.1.Effect cannot be Alow; did you mean Allow?",
        ),
        ("Condition: IsTest\n", "Condition:\n", "Alarm: Condition should be the name of a condition"),
    ]);
}

#[test]
fn a_stream_event_needs_a_table_with_a_stream() {
    let stream = "      StreamSpecification:\n        StreamViewType: KEYS_ONLY\n";
    let error = Template::parse(&TEXT.replace(stream, "")).unwrap_err().to_string();
    let property = "F: Properties.Events.Stream.Properties.Stream";
    assert!(
        error.ends_with(&format!("{property} should be the stream of a table that has a StreamSpecification")),
        "{error}"
    );
}

#[test]
fn what_a_user_may_add_to_the_project_is_accepted() {
    const ADDED: &str = r#"
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: {Fn::Sub: "${AWS::StackName}-${UsherTable}"}
      Tags: [{Key: zone, Value: !Join ["-", [!Ref AWS::Region, !Select [0, !GetAZs ""]]]}]
  Mail:
    Type: Custom::Mail
    DependsOn: [Uploads, GetThreadRole]
    Properties:
      ServiceToken: !GetAtt GetThread.Arn
      Url: {Fn::If: [HasDomain, {Ref: DomainName}, {Fn::GetAtt: [Api, ApiEndpoint]}]}
      Alias: !Ref GetThread.Alias
      Bucket: !GetAtt Uploads.Arn
      Text: !Sub ["${name} ${UsherTable.Arn} ${!literal}", {name: !ImportValue other}]

Outputs:"#;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let policies =
        "      Policies:\n        - AWSXRayDaemonWriteAccess\n        - S3ReadPolicy: {BucketName: !Ref Uploads}\n";
    let text = text.replacen("\nOutputs:", ADDED, 1).replacen("      Policies:\n", policies, 1);
    Template::parse(&text).unwrap();
}
