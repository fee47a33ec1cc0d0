//! Telling the connections of a user.

use futures_util::{StreamExt as _, TryStreamExt as _, stream, try_join};
use usher_contract::{
    ClerkUserId,
    limits::MAX_CONNECTIONS,
    live::{CloseReason, ServerMessage},
};
use usher_runtime::metrics;
use usher_store::{Account, Connection, ConnectionId, Store};

use crate::{
    changes::Changes,
    gateway::{Gateway, GatewayError, Peer},
};

/// The number of requests to connections of one user at a time.
const PARALLEL_CONNECTIONS: usize = 10;

/// The store and the gateway.
pub(crate) struct Notifier {
    pub(crate) store: Store,
    pub(crate) gateway: Gateway,
}

/// The reason that a user's connections were not told. The records must be delivered again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyError {
    #[error(transparent)]
    Store(#[from] usher_store::Error),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl Notifier {
    /// Tells every connection of a user what has changed, with one message however many changes there are, or closes
    /// it. Takes one query, which finds every connection that was stored before the changes.
    pub(crate) async fn notify(&self, mut changes: Changes) -> Result<(), NotifyError> {
        if changes.has_new_connection {
            self.add_earlier_ends(&mut changes).await?;
        }
        let (changes, user) = (&changes, &changes.user);
        let connections = self.store.list_connections(user).await?;
        for (id, lease_ended) in &changes.removed {
            // The client may have said hello again since. Then there is a new row for the same socket.
            if !connections.iter().any(|connection| connection.id == *id) {
                let reason =
                    if *lease_ended { CloseReason::LeaseExpired } else { self.removal_reason(changes).await? };
                self.close(id, reason).await?;
            }
        }
        let surplus =
            connections.iter().filter(|connection| !connection.is_expired).count().saturating_sub(MAX_CONNECTIONS);
        let message = ServerMessage::changed(changes.keys.clone());
        let mut oldest = 0;
        let told = connections.iter().map(|connection| {
            let mut reason = close_reason(changes, connection);
            if reason.is_none() && oldest < surplus {
                oldest += 1;
                reason = Some(CloseReason::TooManyConnections);
            }
            self.tell(user, connection, reason, &message, changes.keys.is_empty())
        });
        // Collected, because a stream over the closure is too deep for the compiler.
        let told: Vec<_> = told.collect();
        stream::iter(told).buffer_unordered(PARALLEL_CONNECTIONS).try_collect::<()>().await
    }

    /// Adds the ends that were told before a new connection was visible. The rows of a transaction become visible one by
    /// one, so the row of a hello may come after the record of a ban that is later than the hello.
    async fn add_earlier_ends(&self, changes: &mut Changes) -> Result<(), usher_store::Error> {
        let user = &changes.user;
        let (reason, ended) = try_join!(self.reason_to_close(user), self.store.list_ended_sessions(user))?;
        changes.close_all = changes.close_all.or(reason);
        changes.ended_sessions.extend(ended);
        Ok(())
    }

    async fn tell(
        &self,
        user: &ClerkUserId,
        connection: &Connection,
        reason: Option<CloseReason>,
        message: &ServerMessage,
        has_no_change: bool,
    ) -> Result<(), NotifyError> {
        let id = &connection.id;
        if let Some(reason) = reason {
            self.close(id, reason).await?;
        } else if has_no_change || self.deliver(id, message).await? == Peer::Open {
            return Ok(());
        }
        Ok(self.store.remove_connection(user, id).await?)
    }

    /// Sends a message. If API Gateway keeps refusing it, ends the connection: the client connects again and reads
    /// everything, so the change is not lost.
    async fn deliver(&self, id: &ConnectionId, message: &ServerMessage) -> Result<Peer, GatewayError> {
        match self.gateway.send(id, message).await {
            Ok(peer) => {
                metrics::live_messages(1);
                Ok(peer)
            }
            Err(error) => {
                tracing::warn!(connection = %id, %error, "live message not sent; connection closed");
                metrics::failed_live_messages(1);
                self.gateway.end(id).await?;
                Ok(Peer::Gone)
            }
        }
    }

    /// Tells a connection why it is closed, and closes it.
    async fn close(&self, id: &ConnectionId, reason: CloseReason) -> Result<(), GatewayError> {
        let sent = self.gateway.send(id, &ServerMessage::Closed { reason }).await;
        // API Gateway cannot send a close reason, so the message does. Without it, the client learns the reason when it
        // connects again.
        if !matches!(sent, Ok(Peer::Gone)) && self.gateway.end(id).await? == Peer::Open {
            metrics::live_connections_closed(reason.as_str(), 1);
        }
        Ok(())
    }

    /// Returns why the row of a connection was removed, other than by its lease.
    async fn removal_reason(&self, changes: &Changes) -> Result<CloseReason, usher_store::Error> {
        if let Some(reason) = changes.close_all {
            return Ok(reason);
        }
        Ok(self.reason_to_close(&changes.user).await?.unwrap_or(CloseReason::Removed))
    }

    /// Returns why a user may have no connection now.
    async fn reason_to_close(&self, user: &ClerkUserId) -> Result<Option<CloseReason>, usher_store::Error> {
        match self.store.get_account(user).await {
            Ok(Account::Deleted) => Ok(Some(CloseReason::UserDeleted)),
            Ok(Account::User(_) | Account::Unknown) => Ok(None),
            Err(usher_store::Error::UserBanned) => Ok(Some(CloseReason::UserBanned)),
            Err(error) => Err(error),
        }
    }
}

/// Returns why a connection must end, if it must.
fn close_reason(changes: &Changes, connection: &Connection) -> Option<CloseReason> {
    let has_ended = |session: &String| changes.ended_sessions.contains(session);
    changes
        .close_all
        .or_else(|| connection.session_id.as_ref().is_some_and(has_ended).then_some(CloseReason::SessionEnded))
        .or_else(|| connection.is_expired.then_some(CloseReason::LeaseExpired))
}
