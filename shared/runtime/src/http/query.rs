//! Query parameters.

use std::collections::BTreeMap;

use lambda_http::{Request, RequestExt as _};
use usher_contract::{FieldErrors, PageLimit, ProblemCode, SearchKind, SearchText};
use usher_store::Search;

use crate::http::problem::Problem;

/// The query parameters that the route of a request accepts. An extension of the request. A request without it accepts
/// none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryParameters(pub(crate) &'static [&'static str]);

/// Rejects a query with a parameter that the route does not have, or with a repeated one. A caller who misspells
/// `cursor` would otherwise read the first page again and again.
///
/// Called when the caller is authenticated, so the response to a request without a token does not depend on its query.
/// The webhook has no caller and ignores its query: Svix sends none, but the endpoint's URL may have one, and then
/// every delivery would be lost.
///
/// # Errors
/// 400: names these parameters in alphabetical order.
pub(crate) fn check_query(request: &Request) -> Result<(), Problem> {
    let known = request.extensions().get().map_or(&[][..], |QueryParameters(known)| known);
    let mut counts = BTreeMap::<&str, usize>::new();
    for (name, _) in request.query_string_parameters_ref().into_iter().flat_map(|query| query.iter()) {
        *counts.entry(name).or_default() += 1;
    }
    let mut errors = FieldErrors::default();
    for (name, count) in counts {
        if !known.contains(&name) {
            errors.push(name, "is not a query parameter of this route");
        } else if count > 1 {
            errors.push(name, "is given more than once");
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Problem::of_fields(ProblemCode::InvalidQuery, errors))
}

/// Returns a query parameter, decoded.
pub(crate) fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.query_string_parameters_ref()?.first(name)
}

/// Returns what to look for: `?q=` and `?kind=`.
///
/// # Errors
/// 400: `q` or `kind` is missing or invalid. `limit` is then listed too if it is also wrong.
pub(crate) fn search(request: &Request) -> Result<Search, Problem> {
    let text = parameter(request, "q").ok_or("is missing".to_owned());
    let text = text.and_then(|text| SearchText::try_from(text.to_owned()).map_err(|error| error.to_string()));
    let kind = parameter(request, "kind").map(SearchKind::parse).transpose();
    // The words are counted even if the kind is wrong.
    let search = text.and_then(|text| Search::new(text, kind.unwrap_or_default()).map_err(|error| error.to_string()));
    let mut errors = FieldErrors::default();
    if let Err(detail) = &search {
        errors.push("q", detail);
    }
    if let Err(error) = kind {
        errors.push("kind", error.to_string());
    }
    match search {
        Ok(search) if errors.is_empty() => Ok(search),
        _ => {
            if let Some(Err(error)) = parameter(request, "limit").map(PageLimit::parse) {
                errors.push("limit", error.to_string());
            }
            Err(Problem::of_fields(ProblemCode::InvalidQuery, errors))
        }
    }
}
