//! The paths of routes.

use std::collections::BTreeMap;

use crate::percent_decode::decode;

/// The path of `$default`, the route of every request that no other route matches.
const DEFAULT: &str = "$default";

/// The parsed path of a route.
#[derive(Debug)]
pub(crate) struct PathPattern {
    is_default: bool,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Static(String),
    /// `{name}`: one segment.
    Parameter(String),
    /// `{name+}`: the rest of the path, at least one segment.
    Greedy(String),
}

impl PathPattern {
    /// Parses the path of a route. Returns what is wrong with a path that no HTTP API can have.
    pub(crate) fn parse(path: &str) -> Result<Self, &'static str> {
        if path == DEFAULT {
            return Ok(Self { is_default: true, segments: Vec::new() });
        }
        if path.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#')) {
            return Err("a path has no white space, ? or #");
        }
        let rest = path.strip_prefix('/').ok_or("a path begins with /")?;
        let segments: Vec<Segment> = rest.split('/').map(Segment::parse).collect::<Result<_, _>>()?;
        let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
        if greedy.is_some_and(|at| at + 1 < segments.len()) {
            return Err("{name+} is allowed only at the end");
        }
        Ok(Self { is_default: false, segments })
    }

    pub(crate) fn is_default(&self) -> bool {
        self.is_default
    }

    /// Returns the decoded parameters of a request's path. Returns `None` if the path does not match.
    pub(crate) fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        if self.is_default {
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

    /// The rank among all patterns that match a path: the smallest is the most specific. Static segments come before
    /// parameters, and parameters before greedy segments.
    pub(crate) fn precedence(&self) -> (bool, Vec<u8>) {
        (self.is_default, self.segments.iter().map(Segment::rank).collect())
    }

    /// Returns whether both patterns match the same paths.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.is_default == other.is_default
            && self.segments.iter().map(Segment::shape).eq(other.segments.iter().map(Segment::shape))
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let parameter = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let greedy = parameter.and_then(|name| name.strip_suffix('+'));
        let name = greedy.or(parameter);
        if name == Some("") || name.unwrap_or(text).contains(['{', '}']) {
            return Err("a part with braces is {name} or {name+}");
        }
        Ok(match (greedy, parameter) {
            (Some(name), _) => Self::Greedy(name.to_owned()),
            (None, Some(name)) => Self::Parameter(name.to_owned()),
            (None, None) => Self::Static(text.to_owned()),
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Static(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }

    /// The segment without the name of a parameter.
    fn shape(&self) -> (u8, &str) {
        (self.rank(), if let Self::Static(text) = self { text } else { "" })
    }
}
