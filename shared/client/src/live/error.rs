//! Errors of live updates.

use std::{error::Error as StdError, time::Duration};

use usher_contract::live::CloseReason;

use crate::error::Error;

/// The reason that there is no connection. Holds no token and no URL, so it may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The API closed the connection.
    #[error("the API closed the connection: {}", .0.as_str())]
    Closed(CloseReason),
    /// The handshake or the request for updates failed.
    #[error(transparent)]
    Call(#[from] Error),
    /// The response to the handshake is not one of the API.
    #[error("the response to the WebSocket handshake {0}")]
    Handshake(&'static str),
    /// The token source returned `None`: nobody is signed in.
    #[error("there is no session token")]
    NoToken,
    /// The API did not respond in time.
    #[error("the API did not respond within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The connection ended. The source is the reason, if there is one.
    #[error("the connection to the API was lost")]
    Lost(#[source] Option<Box<dyn StdError + Send + Sync>>),
}

impl LiveError {
    /// Returns whether another attempt would fail for the same reason, so that the stream ends.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Closed(reason) => matches!(
                reason,
                CloseReason::UserDeleted
                    | CloseReason::UserBanned
                    | CloseReason::SessionEnded
                    | CloseReason::TooManyConnections
            ),
            Self::Call(error) => {
                let is_refused = error.status().is_some_and(|status| (400..500).contains(&status) && status != 408);
                is_refused && !error.is_retryable()
            }
            Self::NoToken => true,
            Self::Handshake(_) | Self::TimedOut(_) | Self::Lost(_) => false,
        }
    }

    /// Converts an error of the WebSocket.
    pub(super) fn lost(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Lost(Some(Box::new(error)))
    }
}
