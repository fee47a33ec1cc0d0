//! Query parameters.

use std::collections::BTreeMap;

use lambda_http::{Request, RequestExt as _};

use crate::http::{field_error::FieldErrors, problem::Problem};

/// The query parameters that a route accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Query {
    /// No parameter.
    None,
    /// The parameters of a list, `limit` and `cursor`.
    Page,
    /// Any parameter.
    Any,
}

impl Query {
    /// Rejects a query with a parameter that the route does not have, or with a repeated one. A caller who misspells
    /// `cursor` would otherwise read the first page again and again.
    ///
    /// # Errors
    /// 400: names these parameters in alphabetical order.
    pub(crate) fn check(self, request: &Request) -> Result<(), Problem> {
        let known: &[&str] = match self {
            Self::None => &[],
            Self::Page => &["limit", "cursor"],
            Self::Any => return Ok(()),
        };
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
        Err(Problem::bad_request("invalid-query", errors.summary()).with_errors(errors))
    }
}
