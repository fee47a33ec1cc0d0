//! The query strings of `GET /v1/users` and `GET /v1/users/count`.

use std::collections::HashSet;

use crate::{
    api_error::ApiError,
    directory::{Directory, SortKey},
    error_entry::ErrorEntry,
    user::User,
};

const DEFAULT_LIMIT: i64 = 10;
const MAXIMUM_LIMIT: i64 = 500;
/// The maximum number of ids in one request.
const MAXIMUM_IDS: usize = 100;

/// The pairs of a query string. A name may be repeated.
pub(crate) type Pairs = Vec<(String, String)>;

/// The users that `user_id` selects. Unknown ids are ignored.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    Only(HashSet<String>),
    Except(HashSet<String>),
}

/// Selects all users.
impl Default for Filter {
    fn default() -> Self {
        Self::Except(HashSet::new())
    }
}

impl Filter {
    /// Reads a query that has no other parameters.
    pub(crate) fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let filter = Self::take_from(&mut query)?;
        refuse_filters(query)?;
        Ok(filter)
    }

    pub(crate) fn count(&self, users: &Directory) -> usize {
        let found = |ids: &HashSet<String>| ids.iter().filter(|id| users.get(id).is_some()).count();
        match self {
            Self::Only(ids) => found(ids),
            Self::Except(ids) => users.len() - found(ids),
        }
    }

    fn take_from(query: &mut Pairs) -> Result<Self, ApiError> {
        let is_id = |name: &str| matches!(name, "user_id" | "user_id[]");
        let ids: Vec<_> = query.extract_if(.., |(name, _)| is_id(name)).map(|(_, id)| id).collect();
        if ids.len() > MAXIMUM_IDS {
            return Err(ErrorEntry::wrong_value("user_id").into());
        }
        let (except, only): (Vec<_>, Vec<_>) = ids.iter().partition(|id| id.starts_with('-'));
        let except: HashSet<_> = except.into_iter().map(|id| id.trim_start_matches('-').to_owned()).collect();
        if only.is_empty() {
            return Ok(Self::Except(except));
        }
        // An unescaped plus sign in a query string is read as a space.
        let only = only.into_iter().map(|id| id.trim_start_matches(['+', ' ']));
        Ok(Self::Only(only.filter(|id| !except.contains(*id)).map(str::to_owned).collect()))
    }
}

/// A page of the list of users.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    limit: usize,
    offset: usize,
    sort_key: SortKey,
    descending: bool,
    filter: Filter,
}

impl Page {
    pub(crate) fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let limit = integer(&mut query, "limit", DEFAULT_LIMIT, 1)?;
        if limit > MAXIMUM_LIMIT {
            return Err(ErrorEntry::too_large("limit", MAXIMUM_LIMIT).into());
        }
        let offset = integer(&mut query, "offset", 0, 0)?;
        let order_by = take(&mut query, "order_by").unwrap_or_else(|| "-created_at".to_owned());
        // An unescaped plus sign in a query string is read as a space.
        let (descending, field) = match order_by.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, order_by.trim_start_matches(['+', ' '])),
        };
        let sort_key = match field {
            "created_at" => SortKey::CreatedAt,
            "updated_at" => SortKey::UpdatedAt,
            _ => return Err(ErrorEntry::wrong_value("order_by").into()),
        };
        let filter = Filter::parse(query)?;
        Ok(Self { limit: to_usize(limit), offset: to_usize(offset), sort_key, descending, filter })
    }

    pub(crate) fn select<'a>(&'a self, users: &'a Directory) -> Vec<&'a User> {
        match &self.filter {
            Filter::Only(ids) => self.cut(users.list_known_ids(ids, self.sort_key), users),
            Filter::Except(ids) => self.cut(users.list_ids(self.sort_key).filter(|id| !ids.contains(*id)), users),
        }
    }

    /// Cuts the page out of the ids first, and looks up only the users on it.
    fn cut<'a>(&self, ids: impl DoubleEndedIterator<Item = &'a str>, users: &'a Directory) -> Vec<&'a User> {
        let look_up = |id| users.get(id);
        if self.descending {
            ids.rev().skip(self.offset).take(self.limit).filter_map(look_up).collect()
        } else {
            ids.skip(self.offset).take(self.limit).filter_map(look_up).collect()
        }
    }
}

fn take(query: &mut Pairs, name: &str) -> Option<String> {
    let position = query.iter().position(|(known, _)| known == name)?;
    Some(query.remove(position).1)
}

fn integer(query: &mut Pairs, name: &str, default: i64, minimum: i64) -> Result<i64, ApiError> {
    let Some(text) = take(query, name) else {
        return Ok(default);
    };
    let number: i64 = text.parse().map_err(|_| ErrorEntry::wrong_type(name, "integer"))?;
    if number < minimum {
        return Err(ErrorEntry::wrong_value(name).into());
    }
    Ok(number)
}

fn to_usize(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Refuses the filters of Clerk that the emulator does not have, because an ignored filter would return too many users.
fn refuse_filters(query: Pairs) -> Result<(), ApiError> {
    if query.is_empty() {
        return Ok(());
    }
    Err(ApiError::params(query.iter().map(|(name, _)| ErrorEntry::unknown(name)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Page, ApiError> {
        Page::parse(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_page_has_ten_users_newest_first_by_default() {
        let filter = Filter::default;
        let page = Page { limit: 10, offset: 0, sort_key: SortKey::CreatedAt, descending: true, filter: filter() };
        assert_eq!(parse(&[]).unwrap(), page);
        let page = Page { limit: 500, offset: 7, sort_key: SortKey::UpdatedAt, descending: false, filter: filter() };
        // `+updated_at` arrives with a space instead of the plus sign.
        assert_eq!(parse(&[("limit", "500"), ("offset", "7"), ("order_by", " updated_at")]).unwrap(), page);
    }

    #[test]
    fn pages_outside_clerks_limits_are_refused() {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "ten"),
            ("offset", "-1"),
            ("order_by", "username"),
            ("email_address", "a@example.com"),
        ] {
            assert!(parse(&[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
