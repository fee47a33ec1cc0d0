//! The users of an instance.

use std::collections::{BTreeMap, HashMap};

use super::user::User;

/// Users by id, and in the orders they are listed in: kept at every change, so that no page has to sort.
#[derive(Default)]
pub(super) struct Directory {
    users: HashMap<String, (u64, User)>,
    by_age: Index,
    by_update: Index,
    /// How many there have ever been: the number of the next.
    created: u64,
}

/// Ids by a time and, for those of the same millisecond, by the number of the user.
type Index = BTreeMap<(i64, u64), String>;

/// What users are listed by, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SortKey {
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
    pub(super) fn get(&self, id: &str) -> Option<&User> {
        self.users.get(id).map(|(_, user)| user)
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// In no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.users.values().map(|(_, user)| user)
    }

    /// Everybody.
    pub(super) fn listed(&self, order: SortKey) -> impl DoubleEndedIterator<Item = &str> {
        let index = match order {
            SortKey::CreatedAt => &self.by_age,
            SortKey::UpdatedAt => &self.by_update,
        };
        index.values().map(String::as_str)
    }

    /// Those of these ids who are there.
    pub(super) fn listed_of<'a>(
        &'a self,
        ids: impl IntoIterator<Item = &'a String>,
        order: SortKey,
    ) -> impl DoubleEndedIterator<Item = &'a str> {
        let found = ids.into_iter().filter_map(|id| self.users.get(id));
        let found: BTreeMap<_, _> =
            found.map(|(number, user)| ((order.time(user), *number), user.id.as_str())).collect();
        found.into_values()
    }

    /// When the youngest was created.
    pub(super) fn youngest(&self) -> Option<i64> {
        self.by_age.last_key_value().map(|((created_at, _), _)| *created_at)
    }

    /// A user who is new, or takes the place of the one of the same id.
    pub(super) fn put(&mut self, user: User) {
        let number = self.take(&user.id).map_or(self.created, |(number, _)| number);
        self.created = self.created.max(number + 1);
        self.by_age.insert((user.created_at, number), user.id.clone());
        self.by_update.insert((user.updated_at, number), user.id.clone());
        self.users.insert(user.id.clone(), (number, user));
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<User> {
        self.take(id).map(|(_, user)| user)
    }

    fn take(&mut self, id: &str) -> Option<(u64, User)> {
        let (number, user) = self.users.remove(id)?;
        self.by_age.remove(&(user.created_at, number));
        self.by_update.remove(&(user.updated_at, number));
        Some((number, user))
    }
}
