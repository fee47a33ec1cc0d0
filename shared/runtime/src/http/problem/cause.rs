//! The cause of a problem, for the operator.

use usher_store::ErrorDetail;

use crate::observe::metrics;

/// The reason that a problem arose, as far as the log or a metric needs it. The caller never sees it. Holds no token,
/// no body and no data of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The token is invalid. Holds the reason for the metric.
    InvalidToken(&'static str),
    /// The keys that verify a token could not be fetched.
    KeysUnavailable {
        /// The reason for the metric.
        reason: &'static str,
        error: String,
    },
    /// The signature of a delivery is missing, invalid or too old.
    InvalidSignature,
    /// The event of a signed delivery cannot be parsed or stored.
    UnreadableEvent(String),
    /// Other requests kept writing the same rows.
    Contention(ErrorDetail),
    /// DynamoDB throttled the request.
    Throttled(ErrorDetail),
    /// DynamoDB failed, timed out or could not be reached.
    DynamoDbUnavailable(ErrorDetail),
    /// DynamoDB refused the request, or a row is not readable.
    StoreFailed(String),
    /// Clerk's Backend API failed, timed out or could not be reached.
    ClerkUnavailable(String),
    /// Clerk's Backend API refused the request, or its response is not readable.
    ClerkRefused(String),
    /// A variable is missing or has a wrong value.
    NotConfigured { variable: &'static str, error: Option<String> },
}

impl Cause {
    /// Writes the log event of the cause and counts it. Called once, when the problem is answered.
    pub(crate) fn record(&self) {
        match self {
            Self::InvalidToken(reason) => metrics::auth_failure(reason),
            Self::KeysUnavailable { reason, error } => {
                tracing::warn!(%error, "token not verified");
                metrics::auth_failure(reason);
            }
            Self::InvalidSignature => metrics::signature_failure(),
            Self::UnreadableEvent(reason) => {
                tracing::error!(reason, "unreadable webhook");
                metrics::unreadable_event();
            }
            Self::Contention(error) => tracing::info!(%error, "contention"),
            Self::Throttled(error) => tracing::warn!(%error, "DynamoDB throttled"),
            Self::DynamoDbUnavailable(error) => tracing::warn!(%error, "DynamoDB unavailable"),
            Self::StoreFailed(error) => tracing::error!(%error, "store failed"),
            Self::ClerkUnavailable(error) => tracing::warn!(%error, "Clerk unavailable"),
            Self::ClerkRefused(error) => tracing::error!(%error, "Clerk refused"),
            Self::NotConfigured { variable, error: None } => tracing::error!(variable, "not configured"),
            Self::NotConfigured { variable, error: Some(error) } => tracing::error!(variable, %error, "not configured"),
        }
    }

    /// Returns whether a 5xx with this cause counts as a failure of the server. Two causes do not, because any caller
    /// can raise them and so hold back a deployment. A wrong configuration is older than the deployment, which may
    /// repair it. Load on the rows of one user throttles only that user, and the alarm on the table's throttling
    /// informs the operator.
    pub(crate) fn is_server_fault(&self) -> bool {
        !matches!(self, Self::NotConfigured { .. } | Self::Throttled(_))
    }
}
