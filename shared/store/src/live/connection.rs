//! Connections: their leases, and how they are found and removed.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::PutBuilder;
use usher_contract::{ClerkUserId, Timestamp};

use crate::{
    connection_id::ConnectionId,
    error::Error,
    live::ended_session::has_not_ended,
    table::{
        Store,
        attribute::{CONNECTED_AT, CONNECTION_ID, CONNECTION_ID_INDEX, EXPIRES_AT, PK, SESSION_ID, SK},
        item::{Item, get_count, get_millis, get_text, insert_text, millis, seconds, text},
        row::{Key, user_of_partition},
        row_kind::RowKind,
        write::{update_if, write_if, write_when_free},
    },
};

/// The time for which one hello keeps a connection. Longer than API Gateway's idle time-out of 10 minutes, so a client
/// that says hello within that time-out never loses its lease.
const LEASE: Duration = Duration::from_secs(11 * 60);

/// A live connection of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The id at API Gateway.
    pub id: ConnectionId,
    /// The Clerk session that the connection belongs to. `None` if its token has none, as that of a JWT template.
    pub session_id: Option<String>,
    /// When the client said its first hello.
    pub connected_at: Timestamp,
    /// Whether the lease has ended. Then the connection counts as closed.
    pub is_expired: bool,
}

impl Store {
    /// Renews the lease of a connection, or stores the connection if it is new. A renewal is one update of one row: the
    /// row is only there while its user may have connections. Without a row, an index shows whether the connection
    /// belongs to another user, and then one transaction checks the user and the session, and puts the row. The index is
    /// read once more afterwards, in case two users have said hello on one connection at the same time: whoever sees the
    /// other gives way. An index is a moment behind, so a client that has tokens of two users may still hear of both.
    ///
    /// # Errors
    /// The session has ended, or the connection belongs to another user. The user is not synced, deleted or banned. Or
    /// DynamoDB is unavailable or refuses.
    pub async fn renew_connection(
        &self,
        user: &ClerkUserId,
        id: &ConnectionId,
        session_id: Option<&str>,
    ) -> Result<(), Error> {
        let now = Timestamp::now();
        if self.extend_lease(user, id, session_id, now).await? {
            return Ok(());
        }
        if self.belongs_to_another(user, id).await? {
            return Err(Error::ForeignConnection);
        }
        self.open_connection(user, id, session_id, now).await?;
        if self.belongs_to_another(user, id).await? {
            self.end_lease(user, id, now).await?;
            return Err(Error::ForeignConnection);
        }
        Ok(())
    }

    /// Ends a lease, so that the connection is closed instead of told.
    async fn end_lease(&self, user: &ClerkUserId, id: &ConnectionId, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_row(&Key::connection(user, id), format!("SET {EXPIRES_AT} = :now"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":now", seconds(now));
        update_if(request).await
    }

    async fn belongs_to_another(&self, user: &ClerkUserId, id: &ConnectionId) -> Result<bool, Error> {
        Ok(self.users_of_connection(id).await?.iter().any(|other| other != user))
    }

    /// Returns whether there was a lease to extend.
    async fn extend_lease(
        &self,
        user: &ClerkUserId,
        id: &ConnectionId,
        session_id: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut condition = format!("{EXPIRES_AT} > :now AND ");
        let mut request = self
            .update_row(&Key::connection(user, id), format!("SET {EXPIRES_AT} = :end"))
            .expression_attribute_values(":now", seconds(now))
            .expression_attribute_values(":end", seconds(now.saturating_add(LEASE)));
        match session_id {
            Some(session_id) => {
                condition.push_str(&format!("{SESSION_ID} = :session"));
                request = request.expression_attribute_values(":session", text(session_id));
            }
            None => condition.push_str(&format!("attribute_not_exists({SESSION_ID})")),
        }
        let request = request.condition_expression(condition);
        Ok(write_if(|| request.clone().send()).await?.is_ok())
    }

    async fn open_connection(
        &self,
        user: &ClerkUserId,
        id: &ConnectionId,
        session_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut row = Key::connection(user, id).item();
        row.extend([
            (CONNECTION_ID.into(), text(id.as_str())),
            (CONNECTED_AT.into(), millis(now)),
            (EXPIRES_AT.into(), seconds(now.saturating_add(LEASE))),
        ]);
        insert_text(&mut row, SESSION_ID, session_id);
        let mut transaction = self.fenced_transaction(user)?;
        let session =
            session_id.map(|session_id| transaction.check(has_not_ended(user, session_id, now))).transpose()?;
        transaction.put(PutBuilder::default().set_item(Some(row)))?;
        let Err(mut cancellation) = transaction.commit().await? else {
            return Ok(());
        };
        match session.and_then(|session| cancellation.failed(session)) {
            Some(_) => Err(Error::SessionEnded),
            None => Err(cancellation.unexplained()),
        }
    }

    /// Returns all connections of a user, the oldest first. Reads consistently, so a connection that was stored before
    /// is found. The rows of the 50 connections that a user may have fit on one page, and further pages are read too.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn list_connections(&self, user: &ClerkUserId) -> Result<Vec<Connection>, Error> {
        let now = Timestamp::now();
        let rows = self.rows_of_kind(user, RowKind::Connection).await?;
        let mut connections: Vec<_> = rows.iter().map(|row| connection(row, now)).collect::<Result<_, _>>()?;
        connections.sort_by(|one, other| (one.connected_at, &one.id).cmp(&(other.connected_at, &other.id)));
        Ok(connections)
    }

    /// Removes a connection, if it is there.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn remove_connection(&self, user: &ClerkUserId, id: &ConnectionId) -> Result<(), Error> {
        let key = Key::connection(user, id).item();
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        // A transaction that opens the connection may hold the row for a moment.
        write_when_free(|| request.clone().send()).await?;
        Ok(())
    }

    /// Returns the user of a connection: one, or two for the moment in which they race for it. API Gateway does not name
    /// the user when a socket ends, so this reads an index. An index is a moment behind: a connection that was just
    /// stored may be missing.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn users_of_connection(&self, id: &ConnectionId) -> Result<Vec<ClerkUserId>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(CONNECTION_ID_INDEX)
            .key_condition_expression(format!("{CONNECTION_ID} = :id"))
            .expression_attribute_values(":id", text(id.as_str()))
            .send()
            .await?;
        Ok(answer.items().iter().filter_map(|row| user_of_partition(get_text(row, PK)?)).collect())
    }
}

fn connection(row: &Item, now: Timestamp) -> Result<Connection, Error> {
    let id = get_text(row, SK).and_then(|sk| sk.strip_prefix(RowKind::Connection.sort_key_prefix()));
    let id = id.and_then(|id| ConnectionId::parse(id).ok()).ok_or(Error::Unreadable(SK))?;
    let expires_at = get_count(row, EXPIRES_AT)?;
    Ok(Connection {
        id,
        session_id: get_text(row, SESSION_ID).map(str::to_owned),
        connected_at: get_millis(row, CONNECTED_AT)?,
        is_expired: i64::try_from(expires_at).is_ok_and(|end| end <= now.as_secs()),
    })
}
