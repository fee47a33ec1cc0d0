//! The users of an instance.

use std::collections::{BTreeSet, HashMap};

use super::user::User;

/// Users by id, and in the order in which they were created.
#[derive(Default)]
pub(super) struct Directory {
    users: HashMap<String, User>,
    by_age: BTreeSet<(i64, u64, String)>,
    ages: HashMap<String, (i64, u64)>,
    created: u64,
}

impl Directory {
    pub(super) fn get(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// In no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The oldest first.
    pub(super) fn by_age(&self) -> impl DoubleEndedIterator<Item = &User> {
        self.by_age.iter().filter_map(|(_, _, id)| self.users.get(id))
    }

    /// A user who is new, or takes the place of the one of the same id.
    pub(super) fn put(&mut self, user: User) {
        let known = self.ages.get(&user.id).copied();
        if let Some((created_at, number)) = known {
            self.by_age.remove(&(created_at, number, user.id.clone()));
        }
        let number = known.map_or(self.created, |(_, number)| number);
        self.created += u64::from(known.is_none());
        self.ages.insert(user.id.clone(), (user.created_at, number));
        self.by_age.insert((user.created_at, number, user.id.clone()));
        self.users.insert(user.id.clone(), user);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<User> {
        let (created_at, number) = self.ages.remove(id)?;
        self.by_age.remove(&(created_at, number, id.to_owned()));
        self.users.remove(id)
    }
}
