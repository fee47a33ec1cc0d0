//! The events of the routes, in the format of API Gateway's WebSocket APIs.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::{
    clf_time::clf_time,
    percent_decode::query_pairs,
    trace_id::new_trace_id,
    websocket_api::{
        connections::{Client, new_id},
        end::End,
    },
};

/// Names with all their values.
type Values = BTreeMap<String, Vec<String>>;

/// Returns the event of `$connect`.
pub(crate) fn connect(client: &Client, stage: &str, headers: &HeaderMap, query: &str, request_id: &str) -> Value {
    let mut values = Values::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        values.entry(sent_name(name.as_str())).or_default().push(value);
    }
    let port = client.domain_name.rsplit_once(':').map_or("80", |(_, port)| port);
    values.insert("X-Forwarded-For".to_owned(), vec![client.source_ip.to_string()]);
    values.insert("X-Forwarded-Port".to_owned(), vec![port.to_owned()]);
    values.insert("X-Forwarded-Proto".to_owned(), vec!["http".to_owned()]);
    values.entry("X-Amzn-Trace-Id".to_owned()).or_insert_with(|| vec![new_trace_id()]);

    let mut event = event(client, stage, "$connect", "CONNECT", request_id);
    insert_values(&mut event, "headers", "multiValueHeaders", &values);
    let mut parameters = Values::new();
    for (name, value) in query_pairs(query) {
        parameters.entry(name).or_default().push(value);
    }
    if !parameters.is_empty() {
        insert_values(&mut event, "queryStringParameters", "multiValueQueryStringParameters", &parameters);
    }
    event
}

/// Returns the event of a message. It has no headers.
pub(crate) fn message(client: &Client, stage: &str, route_key: &str, body: &str, request_id: &str) -> Value {
    let mut event = event(client, stage, route_key, "MESSAGE", request_id);
    event["requestContext"]["messageId"] = json!(new_id());
    event["body"] = json!(body);
    event
}

/// Returns the event of `$disconnect`. It does not have the headers of the handshake.
pub(crate) fn disconnect(client: &Client, stage: &str, end: &End) -> Value {
    let mut event = event(client, stage, "$disconnect", "DISCONNECT", &new_id());
    event["requestContext"]["disconnectStatusCode"] = json!(end.code());
    event["requestContext"]["disconnectReason"] = json!(end.reason());
    let headers = [("Host", &*client.domain_name), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")];
    let headers = headers.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
    insert_values(&mut event, "headers", "multiValueHeaders", &headers);
    event
}

/// Returns what all events have.
fn event(client: &Client, stage: &str, route_key: &str, event_type: &str, request_id: &str) -> Value {
    let now = SystemTime::now();
    let mut identity = json!({"sourceIp": client.source_ip.to_string()});
    if let Some(user_agent) = &client.user_agent {
        identity["userAgent"] = json!(user_agent);
    }
    json!({
        "requestContext": {
            "routeKey": route_key,
            "eventType": event_type,
            "connectionId": client.connection_id,
            "connectedAt": milliseconds(client.connected_at),
            "requestId": request_id,
            "extendedRequestId": request_id,
            "requestTime": clf_time(now),
            "requestTimeEpoch": milliseconds(now),
            "stage": stage,
            "apiId": "local",
            "domainName": client.domain_name,
            "messageDirection": "IN",
            "identity": identity,
        },
        "isBase64Encoded": false,
    })
}

/// Inserts the last value of each name as `single`, and all values as `all`.
fn insert_values(event: &mut Value, single: &str, all: &str, values: &Values) {
    event[single] = values.iter().map(|(name, values)| (name.clone(), json!(values.last()))).collect();
    event[all] = json!(values);
}

/// Returns a header's name as browsers send it. API Gateway passes names on as they were sent, but the server has them
/// in lower case only.
fn sent_name(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        word => {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
                .unwrap_or_default()
        }
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client() -> Client {
        Client {
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            connected_at: UNIX_EPOCH + Duration::from_millis(1_707_502_303_419),
            source_ip: IpAddr::from([127, 0, 0, 1]),
            user_agent: Some("test".to_owned()),
            domain_name: "127.0.0.1:3000".to_owned(),
        }
    }

    /// Removes the members that differ from call to call, after a look at their form.
    fn stable(mut event: Value) -> Value {
        let context = event["requestContext"].as_object_mut().unwrap();
        assert!(context.remove("requestTimeEpoch").unwrap().is_u64());
        assert!(context.remove("requestTime").unwrap().as_str().unwrap().ends_with(" +0000"));
        event
    }

    #[test]
    fn a_connect_has_headers_and_query_with_all_values() {
        let headers = [("host", "127.0.0.1:3000"), ("sec-websocket-protocol", "a"), ("sec-websocket-protocol", "b")];
        let headers = headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let event = connect(&client(), "live", &headers.into_iter().collect(), "x=1&x=a%20b", "request");
        assert_eq!(event["headers"]["Host"], "127.0.0.1:3000");
        assert_eq!(event["headers"]["Sec-WebSocket-Protocol"], "b");
        assert_eq!(event["multiValueHeaders"]["Sec-WebSocket-Protocol"], json!(["a", "b"]));
        assert_eq!(event["headers"]["X-Forwarded-Port"], "3000");
        assert_eq!(event["queryStringParameters"], json!({"x": "a b"}));
        assert_eq!(event["multiValueQueryStringParameters"], json!({"x": ["1", "a b"]}));
        let context = json!({
            "routeKey": "$connect", "eventType": "CONNECT", "connectionId": "L0SM9cOFvHcCIhw=",
            "connectedAt": 1_707_502_303_419_u64, "requestId": "request", "extendedRequestId": "request", "stage": "live",
            "apiId": "local", "domainName": "127.0.0.1:3000", "messageDirection": "IN",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "test"},
        });
        assert_eq!(stable(event)["requestContext"], context);
        let without = connect(&client(), "live", &HeaderMap::new(), "", "request");
        assert_eq!(without.get("queryStringParameters"), None);
    }

    #[test]
    fn a_message_has_a_body_and_no_headers() {
        let event = message(&client(), "live", "$default", "hi", "request");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("hi"), &json!(false)));
        assert_eq!(event.get("headers"), None);
        assert_eq!(event["requestContext"]["routeKey"], "$default");
        assert_eq!(event["requestContext"]["eventType"], "MESSAGE");
        assert!(event["requestContext"]["messageId"].is_string());
    }

    #[test]
    fn a_disconnect_has_the_code_and_the_reason() {
        let event = disconnect(&client(), "live", &End::Client(None));
        assert_eq!(event["requestContext"]["eventType"], "DISCONNECT");
        assert_eq!(event["requestContext"]["disconnectStatusCode"], 1005);
        assert_eq!(event["requestContext"]["disconnectReason"], "Client-side close frame status not set");
        assert_eq!(event["multiValueHeaders"]["x-restapi"], json!([""]));
    }
}
