//! Which function a method and path belong to.

use std::collections::BTreeMap;

use crate::template::{Function, Route};

/// All routes of the API.
#[derive(Debug)]
pub(crate) struct Routes {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    function: String,
    route: Route,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Static(String),
    /// `{name}`: one segment.
    Parameter(String),
    /// `{name+}`: all that is left, at least one segment.
    Greedy(String),
}

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) function: &'a str,
    /// `GET /users/{user_id}`, or `$default`.
    pub(crate) route_key: String,
    /// Decoded path parameters.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// Two functions claim the same route, or a path is not one API Gateway takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A method and path with more than one function.
    #[error("{route} belongs to both {first} and {second}")]
    Duplicate {
        /// Method and path.
        route: String,
        /// One function.
        first: String,
        /// The other.
        second: String,
    },
    /// A path that does not start with `/`, or is greedy before its end.
    #[error("{function}: {path} is not a path of an HTTP API")]
    Path {
        /// The function.
        function: String,
        /// The path.
        path: String,
    },
}

impl Routes {
    pub(crate) fn new(functions: &[Function]) -> Result<Self, RouteError> {
        let mut entries: Vec<Entry> = Vec::new();
        for function in functions {
            for route in &function.routes {
                let path_error = || RouteError::Path { function: function.name.clone(), path: route.path.clone() };
                let segments = parse(&route.path).ok_or_else(path_error)?;
                let same = |entry: &&Entry| {
                    let shapes = entry.segments.iter().map(Segment::shape);
                    entry.route.method == route.method && shapes.eq(segments.iter().map(Segment::shape))
                };
                if let Some(other) = entries.iter().find(same) {
                    let (first, second) = (other.function.clone(), function.name.clone());
                    return Err(RouteError::Duplicate {
                        route: format!("{} {}", route.method, route.path),
                        first,
                        second,
                    });
                }
                entries.push(Entry { function: function.name.clone(), route: route.clone(), segments });
            }
        }
        Ok(Self { entries })
    }

    /// The most specific route: static segments beat parameters, parameters beat greedy ones, an exact method beats `ANY`.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let matches = self.entries.iter().filter_map(|entry| {
            let rank = match entry.route.method.as_str() {
                "ANY" => 1,
                own if own == method => 0,
                _ => return None,
            };
            let parameters = entry.parameters(path)?;
            let order: Vec<u8> = entry.segments.iter().map(Segment::rank).collect();
            Some(((entry.route.path == "$default", order, rank), entry, parameters))
        });
        let (_, entry, parameters) = matches.min_by(|(left, ..), (right, ..)| left.cmp(right))?;
        let route_key = match (entry.route.method.as_str(), entry.route.path.as_str()) {
            (_, "$default") => "$default".to_owned(),
            (method, path) => format!("{method} {path}"),
        };
        Some(Found { function: &entry.function, route_key, parameters })
    }
}

impl Entry {
    /// The path parameters; `None` when the path is not this route's.
    fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        if self.route.path == "$default" {
            return Some(parameters);
        }
        let mut rest = path.strip_prefix('/')?.split('/');
        for segment in &self.segments {
            let given = rest.next()?;
            match segment {
                Segment::Static(expected) if *expected == decode(given) => {}
                Segment::Parameter(name) if !given.is_empty() => drop(parameters.insert(name.clone(), decode(given))),
                Segment::Greedy(name) if !given.is_empty() => {
                    let all = std::iter::once(given).chain(rest.by_ref()).collect::<Vec<_>>().join("/");
                    parameters.insert(name.clone(), decode(&all));
                }
                Segment::Static(_) | Segment::Parameter(_) | Segment::Greedy(_) => return None,
            }
        }
        rest.next().is_none().then_some(parameters)
    }
}

impl Segment {
    fn rank(&self) -> u8 {
        match self {
            Self::Static(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }

    /// What it matches, whatever a parameter is called.
    fn shape(&self) -> (u8, &str) {
        (self.rank(), if let Self::Static(text) = self { text } else { "" })
    }
}

fn parse(path: &str) -> Option<Vec<Segment>> {
    if path == "$default" {
        return Some(Vec::new());
    }
    let segments: Vec<Segment> = path
        .strip_prefix('/')?
        .split('/')
        .map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Segment::Static(segment.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Greedy(name.to_owned()),
                None => Segment::Parameter(name.to_owned()),
            },
        })
        .collect();
    let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
    greedy.is_none_or(|at| at + 1 == segments.len()).then_some(segments)
}

/// Percent-decodes a path; what is not a valid escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escape = match (byte, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                decoded.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn routes(list: &[(&str, &str, &str)]) -> Result<Routes, RouteError> {
        let functions = list.iter().map(|(name, method, path)| Function {
            logical_id: (*name).to_owned(),
            name: (*name).to_owned(),
            timeout: Duration::from_secs(1),
            memory_mb: 128,
            environment: BTreeMap::new(),
            routes: vec![Route { method: (*method).to_owned(), path: (*path).to_owned() }],
            streams: Vec::new(),
            schedules: Vec::new(),
        });
        Routes::new(&functions.collect::<Vec<_>>())
    }

    #[test]
    fn static_segments_beat_parameters_beat_greedy_ones() {
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
    fn there_is_no_route_for_what_the_template_does_not_name() {
        let routes = routes(&[("card", "GET", "/users/{user_id}")]).unwrap();
        for (method, path) in
            [("GET", "/users"), ("GET", "/users/"), ("GET", "/users/a/"), ("GET", "/"), ("POST", "/users/a")]
        {
            assert_eq!(routes.find(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_route_belongs_to_one_function() {
        let error = routes(&[("a", "GET", "/x/{one}"), ("b", "GET", "/x/{two}")]).unwrap_err();
        assert_eq!(error.to_string(), "GET /x/{two} belongs to both a and b");
        assert!(matches!(routes(&[("a", "GET", "/{all+}/x")]), Err(RouteError::Path { .. })));
        assert!(matches!(routes(&[("a", "GET", "x")]), Err(RouteError::Path { .. })));
    }
}
