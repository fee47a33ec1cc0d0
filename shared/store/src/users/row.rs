//! The row of a user, as its session and other users read it.

use usher_contract::ClerkUserId;

use crate::{
    error::Error,
    table::{
        Store,
        attribute::CLERK_USER,
        item::{Item, take_text},
        row::Key,
    },
    users::liveness::{admitted, is_tombstone, present},
};

/// A stored user.
#[derive(Debug, Clone)]
pub struct UserRow {
    clerk_user: String,
}

impl UserRow {
    /// Returns the user object as Clerk sent it.
    ///
    /// # Errors
    /// The row was not written by this store.
    pub fn clerk_user(&self) -> Result<usher_clerk::User<'_>, Error> {
        usher_clerk::User::parse(&self.clerk_user).map_err(|_| Error::Unreadable(CLERK_USER))
    }

    fn take_from(mut item: Item) -> Result<Self, Error> {
        Ok(Self { clerk_user: take_text(&mut item, CLERK_USER)? })
    }
}

/// The state of an account in the table.
#[derive(Debug)]
pub enum Account {
    /// There is no row, because the user's webhook has not arrived.
    Unknown,
    /// The user.
    User(UserRow),
    /// A tombstone. It is only written after Clerk has deleted the user.
    Deleted,
}

impl Store {
    /// Returns the user who is calling.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn get_current_user(&self, caller: &ClerkUserId) -> Result<UserRow, Error> {
        UserRow::take_from(admitted(self.get(&Key::user(caller)).await?)?)
    }

    /// Returns the caller's account, deleted or not.
    ///
    /// # Errors
    /// The user is banned. Or DynamoDB is unavailable or refuses.
    pub async fn get_account(&self, caller: &ClerkUserId) -> Result<Account, Error> {
        match self.get(&Key::user(caller)).await? {
            None => Ok(Account::Unknown),
            Some(row) if is_tombstone(&row) => Ok(Account::Deleted),
            row => UserRow::take_from(admitted(row)?).map(Account::User),
        }
    }

    /// Returns any user. A ban limits what the banned user may do. It does not hide the user from others.
    ///
    /// # Errors
    /// The caller is not synced, deleted or banned. There is no such user. Or DynamoDB is unavailable or refuses.
    pub async fn get_user(&self, caller: &ClerkUserId, id: &ClerkUserId) -> Result<UserRow, Error> {
        let key = Key::user(id);
        UserRow::take_from(present(self.read_for(caller, self.get(&key)).await?)?)
    }
}
