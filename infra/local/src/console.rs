//! What the console shows beside Clerk: the rows of a user, the open WebSockets, and the last messages to them.
//!
//! The routes are on the port of the Clerk emulator, beside its control routes, and the changes are events in the same
//! stream. The emulator itself knows no table.

mod control_error;
mod plain;
mod rows;
mod sockets;

use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get, post},
};
use clerk_emulator::Clerk;
use lambda_emulator::Emulator;

use crate::console::{rows::Rows, sockets::Sockets};

/// What the routes need.
#[derive(Clone)]
pub(crate) struct StackConsole {
    rows: Rows,
    sockets: Sockets,
}

impl StackConsole {
    /// `dynamodb` is a client for the table `table`.
    pub(crate) fn new(dynamodb: aws_sdk_dynamodb::Client, table: &str, lambda: Arc<Emulator>) -> Self {
        let rows = Rows::new(dynamodb, table);
        Self { sockets: Sockets::new(lambda, rows.clone()), rows }
    }

    /// Publishes the changes of the rows and the sockets as events of the Clerk emulator, until the runtime ends. Every
    /// change after this returns is published.
    pub(crate) fn follow(&self, clerk: &Clerk) {
        tokio::spawn(rows::follow(self.sockets.lambda().follow_stream(), clerk.clone()));
        if let Some(events) = self.sockets.lambda().follow_connections() {
            tokio::spawn(self.sockets.clone().follow(events, clerk.clone()));
        }
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/control/rows", get(rows::list))
            .route("/control/connections", get(sockets::list))
            .route("/control/connections/{id}", delete(sockets::close))
            .route("/control/connections/{id}/cut", post(sockets::cut))
            .route("/control/messages", get(sockets::list_messages))
            .with_state(self.clone())
    }
}
