//! What DynamoDB, or the way to it, can say instead of an answer.

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::ConnectorError},
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::Call;

/// A fault that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Over the limit of the account or the table.
    Throttling,
    /// Over what one partition bears.
    Throughput,
    /// A transaction holds the row: what a write of one row is told.
    Conflict,
    /// Another transaction holds a row: what a transaction is told.
    Cancelled,
    /// The transaction met more load than its rows bear.
    CancelledByLoad,
    /// The transaction with this token is still under way.
    InProgress,
    /// 500.
    Internal,
    /// 503, and not in DynamoDB's own words.
    Unavailable,
    /// No connection.
    Connection,
    /// No answer in time; nothing was done.
    Timeout,
}

impl Fault {
    pub(crate) const ALL: [Self; 10] = [
        Self::Throttling,
        Self::Throughput,
        Self::Conflict,
        Self::Cancelled,
        Self::CancelledByLoad,
        Self::InProgress,
        Self::Internal,
        Self::Unavailable,
        Self::Connection,
        Self::Timeout,
    ];

    /// Whether DynamoDB can say this to a call.
    pub(crate) fn can_meet(self, call: &Call) -> bool {
        match self {
            Self::Conflict => call.is_write(),
            Self::Cancelled | Self::CancelledByLoad | Self::InProgress => call.is("TransactWriteItems"),
            _ => true,
        }
    }

    pub(super) fn answer(self, call: &Call) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Throttling => Ok(error(400, "ThrottlingException", &Value::Null)),
            Self::Throughput => Ok(error(400, "ProvisionedThroughputExceededException", &Value::Null)),
            Self::Conflict => Ok(error(400, "TransactionConflictException", &Value::Null)),
            Self::Cancelled => Ok(error(
                400,
                "TransactionCanceledException",
                &reasons(call.actions(), &["None", "TransactionConflict"]),
            )),
            Self::CancelledByLoad => {
                let codes = ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"];
                Ok(error(400, "TransactionCanceledException", &reasons(call.actions(), &codes)))
            }
            Self::InProgress => Ok(error(400, "TransactionInProgressException", &Value::Null)),
            Self::Internal => Ok(error(500, "InternalServerError", &Value::Null)),
            Self::Unavailable => Ok(plain(503, "<html>Service Unavailable</html>")),
            Self::Connection => Err(ConnectorError::io("connection refused".into())),
            Self::Timeout => Err(timeout()),
        }
    }
}

pub(super) fn timeout() -> ConnectorError {
    ConnectorError::timeout("no answer in time".into())
}

/// One reason for each action: the last of `codes` that there is room for, and those before it.
fn reasons(actions: usize, codes: &[&str]) -> Value {
    let codes = &codes[codes.len().saturating_sub(actions.max(1))..];
    (0..actions.max(1)).map(|action| json!({ "Code": codes.get(action).unwrap_or(&"None") })).collect()
}

fn error(status: u16, name: &str, reasons: &Value) -> HttpResponse {
    let mut body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"),
        "message": "injected",
    });
    if reasons.is_array() {
        body["CancellationReasons"] = reasons.clone();
    }
    respond(status, &body)
}

pub(super) fn respond(status: u16, body: &Value) -> HttpResponse {
    let mut response = plain(status, &body.to_string());
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

fn plain(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}
