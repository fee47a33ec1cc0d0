//! The query string of `GET /v1/sessions`, and its response.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    http::{
        api_error::ApiError,
        error_entry::ErrorEntry,
        query::{Pairs, limit_and_offset, refuse_filters, take},
    },
    sessions::session::{Session, Status},
};

/// The states of sessions at Clerk (`@clerk/backend` 3.25, `SessionStatus`) that no session here has.
const OTHER_STATES: [&str; 4] = ["abandoned", "expired", "pending", "replaced"];

/// A page of the sessions of a user or a client, newest first.
#[derive(Debug)]
pub(crate) struct SessionPage {
    user_id: Option<String>,
    client_id: Option<String>,
    status: StatusFilter,
    limit: usize,
    offset: usize,
    /// Whether the response is an object with the total count, and not an array.
    is_paginated: bool,
}

#[derive(Debug)]
enum StatusFilter {
    Any,
    Only(Status),
    /// A state that no session here has.
    Nothing,
}

impl SessionPage {
    pub(crate) fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let (limit, offset) = limit_and_offset(&mut query)?;
        let (user_id, client_id) = (take(&mut query, "user_id"), take(&mut query, "client_id"));
        if user_id.is_none() && client_id.is_none() {
            return Err(ErrorEntry::missing("user_id").into());
        }
        let status = match take(&mut query, "status").as_deref() {
            None => StatusFilter::Any,
            Some("active") => StatusFilter::Only(Status::Active),
            Some("ended") => StatusFilter::Only(Status::Ended),
            Some("removed") => StatusFilter::Only(Status::Removed),
            Some("revoked") => StatusFilter::Only(Status::Revoked),
            Some(other) if OTHER_STATES.contains(&other) => StatusFilter::Nothing,
            Some(_) => return Err(ErrorEntry::wrong_value("status").into()),
        };
        let is_paginated = take(&mut query, "paginated").is_some_and(|text| text == "true");
        refuse_filters(query)?;
        Ok(Self { user_id, client_id, status, limit, offset, is_paginated })
    }

    pub(crate) fn object(&self, sessions: &HashMap<String, Session>) -> Value {
        let mut found: Vec<&Session> = sessions.values().filter(|session| self.selects(session)).collect();
        found.sort_unstable_by_key(|session| (-session.created_at, &session.id));
        let total = found.len();
        let page: Vec<Value> = found.into_iter().skip(self.offset).take(self.limit).map(Session::object).collect();
        if self.is_paginated { json!({"data": page, "total_count": total}) } else { json!(page) }
    }

    fn selects(&self, session: &Session) -> bool {
        let is_status = match self.status {
            StatusFilter::Any => true,
            StatusFilter::Only(status) => session.status == status,
            StatusFilter::Nothing => false,
        };
        is_status
            && self.user_id.as_ref().is_none_or(|id| *id == session.user_id)
            && self.client_id.as_ref().is_none_or(|id| *id == session.client_id)
    }
}
