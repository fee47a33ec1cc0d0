//! The query of `GET /v1/users` and of its count.

use std::collections::HashSet;

use super::api_error::{ApiError, Problem};
use super::directory::{Directory, SortKey};
use super::user::User;

const DEFAULT_LIMIT: i64 = 10;
const MAXIMUM_LIMIT: i64 = 500;
/// Ids in one request, at most.
const MAXIMUM_IDS: usize = 100;

/// A query: names may be repeated.
pub(super) type Pairs = Vec<(String, String)>;

/// Which users are asked for by `user_id`; ids that nobody has are ignored.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    Only(HashSet<String>),
    Except(HashSet<String>),
}

/// Everybody.
impl Default for Filter {
    fn default() -> Self {
        Self::Except(HashSet::new())
    }
}

impl Filter {
    /// Of a query that says nothing else.
    pub(super) fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let filter = Self::take_from(&mut query)?;
        refuse_filters(query)?;
        Ok(filter)
    }

    pub(super) fn count(&self, users: &Directory) -> usize {
        let found = |ids: &HashSet<String>| ids.iter().filter(|id| users.get(id).is_some()).count();
        match self {
            Self::Only(ids) => found(ids),
            Self::Except(ids) => users.len() - found(ids),
        }
    }

    fn take_from(query: &mut Pairs) -> Result<Self, ApiError> {
        let is_id = |name: &str| matches!(name, "user_id" | "user_id[]");
        let ids = query.extract_if(.., |(name, _)| is_id(name));
        let ids: Vec<_> = ids.map(|(_, id)| id).collect();
        if ids.len() > MAXIMUM_IDS {
            return Err(Problem::value("user_id").into());
        }
        let (except, only): (Vec<_>, Vec<_>) = ids.iter().partition(|id| id.starts_with('-'));
        let except: HashSet<_> = except.into_iter().map(|id| id.trim_start_matches('-').to_owned()).collect();
        if only.is_empty() {
            return Ok(Self::Except(except));
        }
        // A bare plus sign in a query reads as a space.
        let only = only.into_iter().map(|id| id.trim_start_matches(['+', ' ']));
        Ok(Self::Only(only.filter(|id| !except.contains(*id)).map(str::to_owned).collect()))
    }
}

/// Which of them, and in which order.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    limit: usize,
    offset: usize,
    order: SortKey,
    descending: bool,
    filter: Filter,
}

impl Page {
    pub(super) fn parse(mut query: Pairs) -> Result<Self, ApiError> {
        let limit = integer(&mut query, "limit", DEFAULT_LIMIT, 1)?;
        if limit > MAXIMUM_LIMIT {
            return Err(Problem::too_large("limit", MAXIMUM_LIMIT).into());
        }
        let offset = integer(&mut query, "offset", 0, 0)?;
        let order = take(&mut query, "order_by").unwrap_or_else(|| "-created_at".to_owned());
        // A bare plus sign in a query reads as a space.
        let (descending, field) = match order.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, order.trim_start_matches(['+', ' '])),
        };
        let order = match field {
            "created_at" => SortKey::CreatedAt,
            "updated_at" => SortKey::UpdatedAt,
            _ => return Err(Problem::value("order_by").into()),
        };
        let filter = Filter::parse(query)?;
        Ok(Self { limit: to_usize(limit), offset: to_usize(offset), order, descending, filter })
    }

    pub(super) fn of<'a>(&'a self, users: &'a Directory) -> Vec<&'a User> {
        match &self.filter {
            Filter::Only(ids) => self.cut(users.listed_of(ids, self.order), users),
            Filter::Except(ids) => self.cut(users.listed(self.order).filter(|id| !ids.contains(*id)), users),
        }
    }

    /// Users are looked up once they are known to be on the page.
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
    let number: i64 = text.parse().map_err(|_| Problem::kind(name, "integer"))?;
    if number < minimum {
        return Err(Problem::value(name).into());
    }
    Ok(number)
}

fn to_usize(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Clerk has filters this emulator lacks. A filter that is ignored would answer with users no one asked for.
fn refuse_filters(query: Pairs) -> Result<(), ApiError> {
    if query.is_empty() {
        return Ok(());
    }
    Err(ApiError::params(query.iter().map(|(name, _)| Problem::unknown(name)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Page, ApiError> {
        Page::parse(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_page_is_ten_users_newest_first_unless_told_otherwise() {
        let filter = Filter::default;
        let page = Page { limit: 10, offset: 0, order: SortKey::CreatedAt, descending: true, filter: filter() };
        assert_eq!(parse(&[]).unwrap(), page);
        let page = Page { limit: 500, offset: 7, order: SortKey::UpdatedAt, descending: false, filter: filter() };
        // `+updated_at` arrives with a space.
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
