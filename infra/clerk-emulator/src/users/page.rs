//! The query strings of `GET /v1/users` and `GET /v1/users/count`, and the users that they select.

use std::collections::HashSet;

use crate::{
    http::{
        api_error::ApiError,
        error_entry::ErrorEntry,
        query::{Pairs, limit_and_offset, refuse_filters, take, take_all},
    },
    users::{
        directory::{Directory, SortKey},
        user::User,
    },
};

/// The maximum number of ids, and of e-mail addresses, in one request (Clerk's OpenAPI, `bapi` 2026-05-12,
/// `GetUserList`).
const MAXIMUM_VALUES: usize = 100;

/// How `email_address` is compared. Clerk compares it in another way in the list than in the count (`@clerk/backend`
/// 3.25, `UserListParams` and `UserCountParams`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmailMatch {
    /// The whole address.
    Whole,
    /// Any part of the address.
    Part,
}

/// The users that a query selects: those that fit each of its parts.
#[derive(Debug, PartialEq)]
pub(crate) struct Filter {
    ids: IdFilter,
    /// In lower case. If it is empty, every user fits.
    emails: Vec<String>,
    email_match: EmailMatch,
    /// The search text in lower case. It matches part of an e-mail address, a phone number, the username, the id, the
    /// first or the last name.
    text: Option<String>,
}

/// The users that `user_id` selects. Unknown ids are ignored.
#[derive(Debug, PartialEq)]
enum IdFilter {
    Only(HashSet<String>),
    Except(HashSet<String>),
}

impl Filter {
    /// Reads a query that has no other parameters.
    pub(crate) fn parse(mut query: Pairs, email_match: EmailMatch) -> Result<Self, ApiError> {
        let ids = IdFilter::take_from(&mut query)?;
        let emails = take_all(&mut query, &["email_address", "email_address[]"]);
        if emails.len() > MAXIMUM_VALUES {
            return Err(ErrorEntry::wrong_value("email_address").into());
        }
        let text = take(&mut query, "query").filter(|text| !text.is_empty()).map(|text| text.to_lowercase());
        refuse_filters(query)?;
        let emails = emails.iter().map(|email| email.to_lowercase()).collect();
        Ok(Self { ids, emails, email_match, text })
    }

    pub(crate) fn count(&self, users: &Directory) -> usize {
        if self.emails.is_empty() && self.text.is_none() {
            return self.ids.count(users);
        }
        users.list().into_iter().filter(|user| self.ids.selects(&user.id) && self.fits(user)).count()
    }

    /// Whether the user has one of the e-mail addresses, and the text.
    fn fits(&self, user: &User) -> bool {
        let has = |email: &String| {
            user.emails.iter().any(|own| match self.email_match {
                EmailMatch::Whole => own.value == *email,
                EmailMatch::Part => own.value.contains(email),
            })
        };
        let contacts = user.emails.iter().chain(&user.phones).map(|contact| &contact.value);
        let names = [&user.username, &user.first_name, &user.last_name].into_iter().flatten();
        let mut texts = contacts.chain(names).chain([&user.id]);
        (self.emails.is_empty() || self.emails.iter().any(has))
            && self.text.as_ref().is_none_or(|text| texts.any(|own| own.to_lowercase().contains(text)))
    }
}

impl IdFilter {
    fn selects(&self, id: &str) -> bool {
        match self {
            Self::Only(ids) => ids.contains(id),
            Self::Except(ids) => !ids.contains(id),
        }
    }

    fn count(&self, users: &Directory) -> usize {
        let found = |ids: &HashSet<String>| ids.iter().filter(|id| users.get(id).is_some()).count();
        match self {
            Self::Only(ids) => found(ids),
            Self::Except(ids) => users.len() - found(ids),
        }
    }

    fn take_from(query: &mut Pairs) -> Result<Self, ApiError> {
        let ids = take_all(query, &["user_id", "user_id[]"]);
        if ids.len() > MAXIMUM_VALUES {
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
        let (limit, offset) = limit_and_offset(&mut query)?;
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
        let filter = Filter::parse(query, EmailMatch::Whole)?;
        Ok(Self { limit, offset, sort_key, descending, filter })
    }

    pub(crate) fn select<'a>(&'a self, users: &'a Directory) -> Vec<&'a User> {
        let fits = |id: &&str| users.get(id).is_some_and(|user| self.filter.fits(user));
        match &self.filter.ids {
            IdFilter::Only(ids) => self.cut(users.list_known_ids(ids, self.sort_key).filter(fits), users),
            IdFilter::Except(ids) => {
                self.cut(users.list_ids(self.sort_key).filter(|id| !ids.contains(*id)).filter(fits), users)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Page, ApiError> {
        Page::parse(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_page_has_ten_users_newest_first_by_default() {
        let filter = || Filter::parse(Vec::new(), EmailMatch::Whole).unwrap();
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
            ("phone_number", "+15555550100"),
        ] {
            assert!(parse(&[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
