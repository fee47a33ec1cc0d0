//! The consumers of the table's stream.

use super::*;

#[tokio::test]
async fn records_that_pass_the_filter_invoke_the_function() {
    let local = Local::start(|_| {}).await;
    local.put(&[("pk", "not me")]).await;
    local.put(&[("pk", "me"), ("pending", "user")]).await;
    let lines = local.logged("aws:dynamodb").await;
    let event: Value = serde_json::from_str(lines[0].strip_prefix("follow: event ").unwrap()).unwrap();
    let records = event["Records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["dynamodb"]["NewImage"], json!({"pk": {"S": "me"}, "pending": {"S": "user"}}));
    assert_eq!((&records[0]["eventName"], &records[0]["eventSource"]), (&json!("INSERT"), &json!("aws:dynamodb")));
}

#[tokio::test]
async fn the_stream_of_a_kept_table_is_read_from_now_on() {
    let data = tempfile::tempdir().unwrap();
    let template = TEMPLATE.replace("Rows", &format!("Rows{}", uuid::Uuid::now_v7().simple()));
    let keep = |options: &mut Options| {
        std::fs::write(&options.template, &template).unwrap();
        if options.storage == Storage::Memory {
            options.storage = Storage::Directory(data.path().join("new"));
        }
    };
    let local = Local::start(keep).await;
    local.put(&[("pk", "first"), ("pending", "user")]).await;
    local.logged("first").await;
    drop(local);

    let local = Local::start(keep).await;
    local.put(&[("pk", "second"), ("pending", "user")]).await;
    let lines = local.logged("second").await;
    assert!(!lines[0].contains("first"), "{lines:?}");
    let dynamodb = client(local.stack.dynamodb_url()).await;
    assert_eq!(dynamodb.scan().table_name(local.stack.table_name()).send().await.unwrap().count(), 2);
}

#[tokio::test]
async fn a_record_that_always_fails_is_dropped() {
    let local = Local::start(|_| {}).await;
    local.put(&[("pk", "bad"), ("pending", "user"), ("command", "error")]).await;
    local.put(&[("pk", "good"), ("pending", "user")]).await;
    let dropped = local.logged("dropped").await;
    assert_eq!(dropped, ["follow: 1 stream record(s) dropped after 2 attempts: follow: Store: the table is gone"]);
    local.logged("\"good\"").await;
}

#[tokio::test]
async fn a_failing_consumer_does_not_delay_another() {
    let audit = r"
  Audit:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/audit
      Events:
        Stream: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, StartingPosition: TRIM_HORIZON}}
";
    // The retries take longer than the other consumer.
    let template = TEMPLATE.replace("MaximumRetryAttempts: 1", "MaximumRetryAttempts: 10") + audit;
    let local = Local::start_with(&template, |_| {}).await;
    local.put(&[("pk", "bad"), ("pending", "user"), ("command", "error in follow")]).await;
    local.put(&[("pk", "good"), ("pending", "user")]).await;
    local.put(&[("pk", "other")]).await;
    for row in ["bad", "good", "other"] {
        local.logged(&format!(r#""pk":{{"S":"{row}"}}"#)).await;
    }
    let lines = local.logs.lock().unwrap().join("\n");
    assert!(!lines.contains("follow: event") && !lines.contains("dropped"), "{lines}");
}

#[tokio::test]
async fn the_records_of_an_item_stay_in_order_beside_others() {
    let template = TEMPLATE.replace("BisectBatch", "ParallelizationFactor: 10\n            BisectBatch");
    let template = template.replace("CodeUri: functions/follow", "CodeUri: functions/follow\n      Timeout: 60");
    let local = Local::start_with(&template, |_| {}).await;
    let file = local.directory.path().join("go-on");
    local.put(&[("pk", "slow"), ("pending", "1"), ("command", &format!("wait for {}", file.display()))]).await;
    local.put(&[("pk", "slow"), ("pending", "2")]).await;
    // An item may have the lane of the slow one, but not most of them.
    let others: Vec<String> = (0..10).map(|number| format!("other-{number}")).collect();
    for other in &others {
        local.put(&[("pk", other), ("pending", "3")]).await;
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let delivered = || {
        let lines = local.logs.lock().unwrap().join("\n");
        assert!(!lines.contains(r#""S":"slow""#), "{lines}");
        others.iter().filter(|other| lines.contains(&format!(r#""S":"{other}""#))).count()
    };
    while delivered() < 5 {
        assert!(Instant::now() < deadline, "{} of the others", delivered());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::write(file, "").unwrap();
    local.logged(r#""pending":{"S":"2"}"#).await;
    let lines = local.logs.lock().unwrap().join("\n");
    assert!(lines.find(r#""pending":{"S":"1"}"#).unwrap() < lines.find(r#""pending":{"S":"2"}"#).unwrap(), "{lines}");
}

#[tokio::test]
async fn a_batch_waits_for_more_records_until_it_is_full() {
    let window = "BatchSize: 3\n            MaximumBatchingWindowInSeconds: 60\n            BisectBatch";
    let local = Local::start_with(&TEMPLATE.replace("BisectBatch", window), |_| {}).await;
    for pk in ["a", "b", "c"] {
        local.put(&[("pk", pk), ("pending", "user")]).await;
    }
    let lines = local.logged("aws:dynamodb").await;
    let event: Value = serde_json::from_str(lines[0].strip_prefix("follow: event ").unwrap()).unwrap();
    assert_eq!(event["Records"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_expired_row_is_removed_by_the_service() {
    let filter = r#"{"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}"#;
    let template = TEMPLATE.replace(r#"{"dynamodb":{"NewImage":{"pending":{"S":[{"exists":true}]}}}}"#, filter);
    let local = Local::start_with(&template, |_| {}).await;
    if std::env::var_os("USHER_DYNAMODB_ENDPOINT").is_some() {
        return; // Another DynamoDB removes the row when it likes.
    }
    let dynamodb = client(local.stack.dynamodb_url()).await;
    for (pk, expires_at) in [("old", "1"), ("new", "9999999999")] {
        let put = dynamodb.put_item().table_name(local.stack.table_name());
        let put = put.item("pk", AttributeValue::S(pk.to_owned()));
        put.item("expires_at", AttributeValue::N(expires_at.to_owned())).send().await.unwrap();
    }
    assert_eq!(local.stack.remove_expired_rows().await.unwrap(), 1);
    let lines = local.logged("aws:dynamodb").await;
    let event: Value = serde_json::from_str(lines[0].strip_prefix("follow: event ").unwrap()).unwrap();
    let record = &event["Records"][0];
    assert_eq!((&record["eventName"], &record["dynamodb"]["OldImage"]["pk"]["S"]), (&json!("REMOVE"), &json!("old")));
    assert_eq!(local.stack.remove_expired_rows().await.unwrap(), 0);
}
