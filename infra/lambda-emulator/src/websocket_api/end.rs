//! The end of a socket: the close frame that the client gets, and what `$disconnect` is told.

use axum::extract::ws::{CloseFrame, close_code};
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};

/// The code of an end without a close frame (RFC 6455, section 7.1.5).
const ABNORMAL: u16 = 1006;
/// The code of a close frame without a code (RFC 6455, section 7.1.5).
const NO_STATUS: u16 = 1005;

/// Why a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The client sent a close frame, with this code and reason unless it had none.
    Client(Option<(u16, String)>),
    /// The connection was closed at the management API.
    Deleted,
    /// Nothing was sent for too long, or the connection reached its maximum duration.
    GoingAway,
    /// The client sent a binary message.
    Binary,
    /// The client sent a text that is not UTF-8.
    InvalidText,
    /// The client sent a message or a frame that is too large.
    TooLarge,
    /// The client broke the protocol.
    Protocol,
    /// The connection ended without a close frame.
    Lost,
}

impl End {
    /// Returns the end that an error of the socket means.
    pub(crate) fn of_error(error: axum::Error) -> Self {
        let Ok(error) = error.into_inner().downcast::<tungstenite::Error>() else { return Self::Lost };
        match *error {
            tungstenite::Error::Capacity(_) => Self::TooLarge,
            tungstenite::Error::Utf8(_) => Self::InvalidText,
            tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            tungstenite::Error::Protocol(_) => Self::Protocol,
            _ => Self::Lost,
        }
    }

    /// Returns the close frame for the client. `None` if the client has closed, or cannot be reached.
    pub(crate) fn frame(&self) -> Option<CloseFrame> {
        match self {
            Self::Client(_) | Self::Lost => None,
            _ => Some(CloseFrame { code: self.code(), reason: self.reason().into() }),
        }
    }

    /// The code, which `$disconnect` gets as `disconnectStatusCode`.
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Client(Some((code, _))) => *code,
            Self::Client(None) => NO_STATUS,
            Self::Deleted => close_code::NORMAL,
            Self::GoingAway => close_code::AWAY,
            Self::Binary => close_code::UNSUPPORTED,
            Self::InvalidText => close_code::INVALID,
            Self::TooLarge => close_code::SIZE,
            Self::Protocol => close_code::PROTOCOL,
            Self::Lost => ABNORMAL,
        }
    }

    /// The reason, which `$disconnect` gets as `disconnectReason`. API Gateway's own words are known for an idle
    /// connection, a large message and a close frame without a code.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Client(Some((_, reason))) => reason.clone(),
            Self::Client(None) => "Client-side close frame status not set".to_owned(),
            Self::Deleted => "Connection Closed Normally".to_owned(),
            Self::GoingAway => "Going away".to_owned(),
            Self::Binary => "Binary is not supported".to_owned(),
            Self::InvalidText => "Invalid text".to_owned(),
            Self::TooLarge => "Message too big".to_owned(),
            Self::Protocol => "Protocol error".to_owned(),
            Self::Lost => "Connection lost".to_owned(),
        }
    }
}
