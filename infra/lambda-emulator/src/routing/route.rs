//! The routes of one API.

use std::collections::BTreeMap;

use crate::{
    routing::path::PathPattern,
    template::{Function, Route, RouteApi},
};

/// All routes of one API.
#[derive(Debug)]
pub(crate) struct Routes {
    entries: Vec<RouteEntry>,
}

/// A route and the function that serves it.
#[derive(Debug)]
struct RouteEntry {
    logical_id: String,
    function: String,
    route: Route,
    path: PathPattern,
}

/// The route that matches a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MatchedRoute<'a> {
    pub(crate) function: &'a str,
    pub(crate) route: &'a Route,
    /// `GET /users/{user_id}`, or `$default`.
    pub(crate) route_key: String,
    /// The decoded path parameters.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// A route of the template that API Gateway would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Two functions have the same route.
    #[error("{place}: {function}: {route} is already the route of {other}, at {other_place}")]
    Duplicate {
        /// The place of the second event, `<file>:<line>`.
        place: String,
        /// Logical id of the function of the second event.
        function: String,
        /// Method and path.
        route: String,
        /// Logical id of the function that has the route first in the template.
        other: String,
        /// The place of its event.
        other_place: String,
    },
    /// A path that no HTTP API can have.
    #[error("{place}: {function}: {path} is not a path of an HTTP API: {reason}")]
    Path {
        /// The place of the path, `<file>:<line>`.
        place: String,
        /// Logical id of the function.
        function: String,
        /// The path.
        path: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
}

impl Routes {
    /// The routes of the HTTP API.
    pub(crate) fn new(functions: &[Function]) -> Result<Self, RouteError> {
        Self::of(functions, RouteApi::Http)
    }

    /// The routes of the REST API, with the stage as the first segment.
    pub(crate) fn of_rest_api(functions: &[Function]) -> Result<Self, RouteError> {
        Self::of(functions, RouteApi::Rest)
    }

    fn of(functions: &[Function], api: RouteApi) -> Result<Self, RouteError> {
        let mut entries: Vec<RouteEntry> = Vec::new();
        for function in functions {
            for route in function.routes.iter().filter(|route| route.api == api) {
                let (place, id) = (route.place.clone(), function.logical_id.clone());
                let path = PathPattern::parse(&route.path).map_err(|reason| RouteError::Path {
                    place: place.clone(),
                    function: id.clone(),
                    path: route.path.clone(),
                    reason,
                })?;
                let is_same = |entry: &&RouteEntry| entry.route.method == route.method && entry.path.is_same_as(&path);
                if let Some(other) = entries.iter().find(is_same) {
                    return Err(RouteError::Duplicate {
                        place,
                        function: id,
                        route: format!("{} {}", route.method, route.path),
                        other: other.logical_id.clone(),
                        other_place: other.route.place.clone(),
                    });
                }
                entries.push(RouteEntry {
                    logical_id: id,
                    function: function.name.clone(),
                    route: route.clone(),
                    path,
                });
            }
        }
        Ok(Self { entries })
    }

    /// Returns whether a route of any method has this path.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.path.parameters(path).is_some())
    }

    /// Finds the most specific route. Among routes with equally specific paths, an exact method comes before `ANY`.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<MatchedRoute<'_>> {
        let matches = self.entries.iter().filter_map(|entry| {
            let rank = match entry.route.method.as_str() {
                "ANY" => 1,
                own if own == method => 0,
                _ => return None,
            };
            let parameters = entry.path.parameters(path)?;
            Some(((entry.path.precedence(), rank), entry, parameters))
        });
        let (_, entry, parameters) = matches.min_by(|(left, ..), (right, ..)| left.cmp(right))?;
        let Route { method, path, .. } = &entry.route;
        let route_key = if entry.path.is_default() { path.clone() } else { format!("{method} {path}") };
        Some(MatchedRoute { function: &entry.function, route: &entry.route, route_key, parameters })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn routes(list: &[(&str, &str, &str)]) -> Result<Routes, RouteError> {
        let functions = list.iter().map(|(name, method, path)| Function {
            logical_id: (*name).to_owned(),
            place: "template.yaml:1".to_owned(),
            name: (*name).to_owned(),
            timeout: Duration::from_secs(1),
            memory_mb: 128,
            environment: BTreeMap::new(),
            variable_places: BTreeMap::new(),
            routes: vec![Route {
                method: (*method).to_owned(),
                path: (*path).to_owned(),
                place: format!("template.yaml:{}", name.len()),
                api: RouteApi::Http,
                timeout: None,
            }],
            streams: Vec::new(),
            schedules: Vec::new(),
        });
        Routes::new(&functions.collect::<Vec<_>>())
    }

    #[test]
    fn the_most_specific_route_is_found() {
        let routes = routes(&[
            ("rest", "GET", "/{all+}"),
            ("card", "GET", "/users/{user_id}"),
            ("me", "GET", "/users/me"),
            ("status", "GET", "/users/me/status"),
            ("any", "ANY", "/users/me"),
            ("other", "ANY", "$default"),
        ])
        .unwrap();
        let found = |method, path| routes.find(method, path).map(|found| found.function);
        assert_eq!(found("GET", "/users/me/status"), Some("status"));
        assert_eq!(found("GET", "/users/me"), Some("me"));
        assert_eq!(found("PUT", "/users/me"), Some("any"));
        assert_eq!(found("GET", "/users/user_1"), Some("card"));
        assert_eq!(found("GET", "/users/user_1/threads"), Some("rest"));
        assert_eq!(found("POST", "/users/user_1"), Some("other"));
    }

    #[test]
    fn parameters_are_decoded_once() {
        let routes = routes(&[("card", "GET", "/users/{user_id}"), ("files", "GET", "/files/{path+}")]).unwrap();
        let parameter = |path: &str, name: &str| routes.find("GET", path).map(|found| found.parameters[name].clone());
        assert_eq!(parameter("/users/a%20b%2Fc%252F", "user_id").as_deref(), Some("a b/c%2F"));
        assert_eq!(parameter("/users/%zz%4", "user_id").as_deref(), Some("%zz%4"));
        assert_eq!(parameter("/files/a/b%20c", "path").as_deref(), Some("a/b c"));
    }

    #[test]
    fn a_path_or_method_outside_the_template_has_no_route() {
        let routes = routes(&[("card", "GET", "/users/{user_id}")]).unwrap();
        for (method, path) in
            [("GET", "/users"), ("GET", "/users/"), ("GET", "/users/a/"), ("GET", "/"), ("POST", "/users/a")]
        {
            assert_eq!(routes.find(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_route_belongs_to_one_function() {
        let error = routes(&[("a", "GET", "/x/{one}"), ("bb", "GET", "/x/{two}")]).unwrap_err();
        let message = "template.yaml:2: bb: GET /x/{two} is already the route of a, at template.yaml:1";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_path_that_no_http_api_has_is_refused_with_its_place() {
        let whole = "a part with braces is {name} or {name+}";
        for (path, reason) in [
            ("x", "a path begins with /"),
            ("", "a path begins with /"),
            ("/x y", "a path has no white space, ? or #"),
            ("/x?y=1", "a path has no white space, ? or #"),
            ("/{all+}/x", "{name+} is allowed only at the end"),
            ("/{id", whole),
            ("/id}", whole),
            ("/{}", whole),
            ("/{+}", whole),
            ("/a{id}", whole),
            ("/{a}{b}", whole),
            ("/{{id}}", whole),
        ] {
            let error = routes(&[("f", "GET", path)]).unwrap_err().to_string();
            assert_eq!(error, format!("template.yaml:1: f: {path} is not a path of an HTTP API: {reason}"));
        }
    }
}
