//! Users: the caller's own and others.

use reqwest::Method;
use usher_contract::{ClerkUser, ClerkUserId, DeleteOutcome, LoginStatus, UserCard};

use crate::{client::Client, error::Error, repeat::Repeat, reply::Reply};

/// Users.
impl Client {
    /// Returns whether the caller is signed in, and stored here: `GET /users/me/status`. Without a token the result is
    /// [`LoginStatus::NoToken`].
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_login_status(&self) -> Result<LoginStatus, Error> {
        self.get(&["users", "me", "status"]).await
    }

    /// Returns the caller's own Clerk user: `GET /users/me`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_current_user(&self) -> Result<ClerkUser, Error> {
        self.get(&["users", "me"]).await
    }

    /// Deletes the caller's account, at Clerk and here: `DELETE /users/me`. A repeat succeeds while the token is valid.
    ///
    /// # Errors
    /// See [`Error`]. `delete-self-disabled`: Clerk does not let this user delete the account. `impersonated`: only the
    /// user may do this. `reverification-required`: the user must verify a factor again.
    pub async fn delete_current_user(&self) -> Result<DeleteOutcome, Error> {
        self.send::<Reply>(Repeat::Safe, || self.request(Method::DELETE, &["users", "me"])).await?.json()
    }

    /// Returns what every signed-in caller may see of a user: `GET /users/{user_id}`.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: there is no such user, or the user is deleted.
    pub async fn get_user(&self, user: &ClerkUserId) -> Result<UserCard, Error> {
        self.get(&["users", user.as_str()]).await
    }
}
