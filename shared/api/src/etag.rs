//! Entity tags of what has a version (RFC 9110 §8.8.3).

use http::{HeaderValue, header};
use store::IfMatch;

use crate::{request::Request, response::Response};

impl Response {
    /// Sets the entity tag of a version: strong, for equal versions are equal to the byte.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        match HeaderValue::from_str(&format!("\"{version}\"")) {
            Ok(tag) => self.header(header::ETAG, tag),
            Err(_) => self,
        }
    }
}

impl Request {
    /// Reads `If-Match`; absent allows any version. A tag that was never given out, or a weak one, matches none
    /// (RFC 9110 §13.1.1).
    pub fn if_match(&self) -> IfMatch {
        match self.header(header::IF_MATCH.as_str()) {
            None | Some("*") => IfMatch::Any,
            Some(tags) => IfMatch::Versions(tags.split(',').filter_map(version).collect()),
        }
    }
}

fn version(tag: &str) -> Option<u64> {
    tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_quoted_version() {
        assert_eq!(version(" \"7\" "), Some(7));
        for tag in ["7", "W/\"7\"", "\"x\"", "\"", ""] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }
}
