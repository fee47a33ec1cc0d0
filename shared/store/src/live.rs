//! Live connections: which sockets belong to a user, and which sessions have ended.
//!
//! A row is a socket. The row goes with the account, with its session, with a ban or with its lease. Whoever removes
//! it, the table's stream reports it, and `notify-changes` closes the socket.

pub(crate) mod connection;
pub(crate) mod ended_session;
