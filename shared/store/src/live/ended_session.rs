//! Ended sessions.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, PutBuilder};
use usher_contract::{ClerkSessionId, ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{ENDED_AT, EXPIRES_AT, PK, SK},
        item::{get_text, millis, seconds},
        row::Key,
        row_kind::RowKind,
    },
    users::liveness::is_not_deleted,
};

/// The time that an ended session is remembered. Longer than a session token of it can be valid: Clerk issues them for
/// a minute, and a customised one for at most a day (Clerk's docs, "Session token").
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl Store {
    /// Remembers that a session of a user has ended. From then on no token of the session opens a live connection, even
    /// if the token is still valid. The row's record in the stream closes the connections that are open.
    ///
    /// The user may be banned, because the ban may end before the token does, and need not be synced yet, because
    /// Clerk's webhooks arrive in any order.
    ///
    /// # Errors
    /// The user is deleted, so it has no connection. Or DynamoDB is unavailable or refuses.
    pub async fn end_session(&self, user: &ClerkUserId, session: &ClerkSessionId) -> Result<(), Error> {
        let now = Timestamp::now();
        let mut row = Key::session(user, session.as_str()).item();
        row.extend([(ENDED_AT.into(), millis(now)), (EXPIRES_AT.into(), seconds(now.saturating_add(LIFETIME)))]);
        let mut transaction = self.transaction();
        let user = transaction.check(
            ConditionCheckBuilder::default()
                .set_key(Some(Key::user(user).item()))
                .condition_expression(is_not_deleted()),
        )?;
        transaction.put(PutBuilder::default().set_item(Some(row)))?;
        let Err(mut cancellation) = transaction.commit().await? else {
            return Ok(());
        };
        Err(cancellation.failed(user).map_or_else(|| cancellation.unexplained(), |_| Error::UserDeleted))
    }

    /// Returns the ids of the sessions of a user that have ended. Reads consistently. Includes expired rows that DynamoDB
    /// has not removed yet.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn list_ended_sessions(&self, user: &ClerkUserId) -> Result<BTreeSet<String>, Error> {
        let prefix = RowKind::Session.sort_key_prefix();
        let rows = self.rows_of_kind(user, RowKind::Session).await?;
        let ids = rows.iter().filter_map(|row| get_text(row, SK)?.strip_prefix(prefix));
        Ok(ids.map(str::to_owned).collect())
    }
}

/// Returns the check that a session has not ended. An expired row does not count, because DynamoDB removes expired rows
/// late.
pub(crate) fn has_not_ended(user: &ClerkUserId, session_id: &str, now: Timestamp) -> ConditionCheckBuilder {
    ConditionCheckBuilder::default()
        .set_key(Some(Key::session(user, session_id).item()))
        .condition_expression(format!("attribute_not_exists({PK}) OR {EXPIRES_AT} <= :now"))
        .expression_attribute_values(":now", seconds(now))
}
