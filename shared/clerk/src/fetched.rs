//! Users as the Backend API returns them.

use serde_json::value::RawValue;

use crate::{
    backend_error::BackendError,
    user::{User, UserError},
};

/// The JSON of one user, as the API returned it.
#[derive(Clone)]
pub struct FetchedUser(pub(crate) String);

impl FetchedUser {
    /// Parses the user.
    ///
    /// # Errors
    /// The text is not a user object. The client checks that before it returns a `FetchedUser`.
    pub fn user(&self) -> Result<User<'_>, BackendError> {
        User::parse(&self.0).map_err(|_| BackendError::Unreadable("is not a user object"))
    }
}

/// The JSON of a list of users, as the API returned it.
pub struct FetchedUsers(pub(crate) String);

impl FetchedUsers {
    /// Parses the entries of the list, in its order. An entry that is not a user object does not hide the others.
    ///
    /// # Errors
    /// The text is not a list.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, BackendError> {
        let entries: Vec<&RawValue> =
            serde_json::from_str(&self.0).map_err(|_| BackendError::Unreadable("is not a list"))?;
        Ok(entries.into_iter().map(|entry| Entry { text: entry.get(), user: User::parse(entry.get()) }).collect())
    }
}

/// An entry of a list of users.
pub struct Entry<'a> {
    /// The JSON of the entry.
    pub text: &'a str,
    /// The user, or why the entry is not one.
    pub user: Result<User<'a>, UserError>,
}
