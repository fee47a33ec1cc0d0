//! Query strings, and the parameters that all lists have in common.

use crate::http::{api_error::ApiError, error_entry::ErrorEntry};

/// The length of a page if the request has no `limit` (Clerk's OpenAPI, `bapi` 2026-05-12, `LimitParameter`).
const DEFAULT_LIMIT: i64 = 10;
/// The longest page (the same source).
const MAXIMUM_LIMIT: i64 = 500;

/// The pairs of a query string. A name may be repeated.
pub(crate) type Pairs = Vec<(String, String)>;

/// Takes the parameters of every list out of a query.
pub(crate) fn limit_and_offset(query: &mut Pairs) -> Result<(usize, usize), ApiError> {
    let limit = integer(query, "limit", DEFAULT_LIMIT, 1)?;
    if limit > MAXIMUM_LIMIT {
        return Err(ErrorEntry::too_large("limit", MAXIMUM_LIMIT).into());
    }
    Ok((to_usize(limit), to_usize(integer(query, "offset", 0, 0)?)))
}

/// Takes every value of a parameter that may be repeated.
pub(crate) fn take_all(query: &mut Pairs, names: &[&str]) -> Vec<String> {
    query.extract_if(.., |(name, _)| names.contains(&name.as_str())).map(|(_, value)| value).collect()
}

pub(crate) fn take(query: &mut Pairs, name: &str) -> Option<String> {
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
pub(crate) fn refuse_filters(query: Pairs) -> Result<(), ApiError> {
    if query.is_empty() {
        return Ok(());
    }
    Err(ApiError::params(query.iter().map(|(name, _)| ErrorEntry::unknown(name)).collect()))
}
