//! A WebSocket connection, as it is told to those outside.

use std::{net::IpAddr, time::SystemTime};

/// An open WebSocket connection.
#[derive(Debug, Clone)]
pub struct OpenSocket {
    /// The id at API Gateway.
    pub connection_id: String,
    /// When the handshake was accepted.
    pub connected_at: SystemTime,
    /// When the last message was sent or received.
    pub last_active_at: SystemTime,
    /// The address of the client.
    pub source_ip: IpAddr,
    /// The `User-Agent` of the handshake.
    pub user_agent: Option<String>,
}
