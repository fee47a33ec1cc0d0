//! The users of an instance.

use std::collections::{BTreeMap, HashMap};

use crate::users::{contact::have_common_value, user::User};

/// Users by id, with an index for each order in which they can be listed, so that a page does not need a sort.
#[derive(Default)]
pub(crate) struct Directory {
    users: HashMap<String, (u64, User)>,
    by_created_at: Index,
    by_updated_at: Index,
    /// The number of users ever added, which is the number of the next one.
    added: u64,
}

/// Ids by a time in milliseconds. The number of the user decides between equal times.
type Index = BTreeMap<(i64, u64), String>;

/// The field by which users are listed, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortKey {
    CreatedAt,
    UpdatedAt,
}

impl SortKey {
    fn time(self, user: &User) -> i64 {
        match self {
            Self::CreatedAt => user.created_at,
            Self::UpdatedAt => user.updated_at,
        }
    }
}

impl Directory {
    pub(crate) fn get(&self, id: &str) -> Option<&User> {
        self.users.get(id).map(|(_, user)| user)
    }

    pub(crate) fn len(&self) -> usize {
        self.users.len()
    }

    /// Returns the user who signs in with this text: a verified e-mail address, a username or a phone number.
    pub(crate) fn find_by_identifier(&self, identifier: &str) -> Option<&User> {
        let email = identifier.to_lowercase();
        self.users.values().map(|(_, user)| user).find(|user| {
            user.emails.iter().any(|own| own.is_verified() && own.value == email)
                || user.phones.iter().any(|own| own.value == identifier)
                || user.username.as_deref() == Some(identifier)
        })
    }

    /// Returns the identifiers of `user` that another user of the instance already has.
    pub(crate) fn find_conflicts(&self, user: &User) -> Vec<&'static str> {
        let others = || self.users.values().map(|(_, other)| other).filter(|other| other.id != user.id);
        let mut conflicts = Vec::new();
        if others().any(|other| have_common_value(&user.emails, &other.emails)) {
            conflicts.push("email_address");
        }
        if others().any(|other| have_common_value(&user.phones, &other.phones)) {
            conflicts.push("phone_number");
        }
        if user.username.is_some() && others().any(|other| other.username == user.username) {
            conflicts.push("username");
        }
        if user.external_id.is_some() && others().any(|other| other.external_id == user.external_id) {
            conflicts.push("external_id");
        }
        conflicts
    }

    /// Lists the ids of all users.
    pub(crate) fn list_ids(&self, key: SortKey) -> impl DoubleEndedIterator<Item = &str> {
        let index = match key {
            SortKey::CreatedAt => &self.by_created_at,
            SortKey::UpdatedAt => &self.by_updated_at,
        };
        index.values().map(String::as_str)
    }

    /// Lists those of `ids` that belong to a user.
    pub(crate) fn list_known_ids<'a>(
        &'a self,
        ids: impl IntoIterator<Item = &'a String>,
        key: SortKey,
    ) -> impl DoubleEndedIterator<Item = &'a str> {
        let found = ids.into_iter().filter_map(|id| self.users.get(id));
        let found: BTreeMap<_, _> = found.map(|(number, user)| ((key.time(user), *number), user.id.as_str())).collect();
        found.into_values()
    }

    /// Returns all users in the order in which they were added.
    pub(crate) fn list(&self) -> Vec<&User> {
        let mut users: Vec<_> = self.users.values().collect();
        users.sort_unstable_by_key(|(number, _)| *number);
        users.into_iter().map(|(_, user)| user).collect()
    }

    /// Returns when the youngest user was created, in milliseconds since the epoch.
    pub(crate) fn youngest(&self) -> Option<i64> {
        self.by_created_at.last_key_value().map(|((created_at, _), _)| *created_at)
    }

    /// Adds a user, or replaces the user of the same id.
    pub(crate) fn put(&mut self, user: User) {
        let number = self.take(&user.id).map_or(self.added, |(number, _)| number);
        self.added = self.added.max(number + 1);
        self.by_created_at.insert((user.created_at, number), user.id.clone());
        self.by_updated_at.insert((user.updated_at, number), user.id.clone());
        self.users.insert(user.id.clone(), (number, user));
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<User> {
        self.take(id).map(|(_, user)| user)
    }

    fn take(&mut self, id: &str) -> Option<(u64, User)> {
        let (number, user) = self.users.remove(id)?;
        self.by_created_at.remove(&(user.created_at, number));
        self.by_updated_at.remove(&(user.updated_at, number));
        Some((number, user))
    }
}
