//! Faults of DynamoDB and of the network.

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::ConnectorError},
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::fault_injection::call::Call;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The account or the table is over its limit.
    Throttling,
    /// A partition is over its throughput.
    Throughput,
    /// A write of one row meets a transaction on the same row.
    Conflict,
    /// A transaction meets another transaction on the same row.
    Cancelled,
    /// A transaction is cancelled because of load.
    CancelledByLoad,
    /// A transaction is cancelled because of its content. Not transient, so it is not in [`Fault::ALL`].
    CancelledByContent,
    /// The transaction with this token is still in progress.
    InProgress,
    /// Status 500.
    Internal,
    /// Status 503 with a body that is not from DynamoDB.
    Unavailable,
    /// The connection is refused.
    Connection,
    /// A time-out. The call was not performed.
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

    /// Returns whether DynamoDB can return this fault for a call.
    pub(crate) fn applies_to(self, call: &Call) -> bool {
        match self {
            Self::Conflict => call.is_write(),
            Self::Cancelled | Self::CancelledByLoad | Self::InProgress => call.is("TransactWriteItems"),
            _ => true,
        }
    }

    pub(super) fn response(self, call: &Call) -> Result<HttpResponse, ConnectorError> {
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
            Self::CancelledByContent => Ok(error(
                400,
                "TransactionCanceledException",
                &reasons(call.actions(), &["TransactionConflict", "ValidationError"]),
            )),
            Self::InProgress => Ok(error(400, "TransactionInProgressException", &Value::Null)),
            Self::Internal => Ok(error(500, "InternalServerError", &Value::Null)),
            Self::Unavailable => Ok(plain(503, "<html>Service Unavailable</html>")),
            Self::Connection => Err(ConnectorError::io("connection refused".into())),
            Self::Timeout => Err(timeout()),
        }
    }
}

pub(super) fn timeout() -> ConnectorError {
    ConnectorError::timeout("time-out".into())
}

/// One reason for each action. If there are more codes than actions, the first codes are left out.
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
