//! Entity tags of resources with a version (RFC 9110 §8.8.3).

use http::{HeaderValue, header};
use lambda_http::Request;
use usher_store::IfMatch;

use crate::http::response::Response;

impl Response {
    /// Sets the entity tag of a version. The tag is strong, because equal versions are equal byte for byte.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        match HeaderValue::from_str(&format!("\"{version}\"")) {
            Ok(tag) => self.header(header::ETAG, tag),
            Err(_) => self,
        }
    }
}

/// A request that may be conditional.
pub trait ConditionalRequest {
    /// Parses `If-Match`. A request without the header is unconditional, and so is one with `*`. A weak tag, an unknown
    /// tag and a text that is not a tag match no version (RFC 9110 §13.1.1), because a condition that cannot be read
    /// must not be ignored.
    fn if_match(&self) -> IfMatch;
}

impl ConditionalRequest for Request {
    fn if_match(&self) -> IfMatch {
        let values: Vec<_> = self.headers().get_all(header::IF_MATCH).iter().collect();
        if values.is_empty() || values.iter().all(|value| value.as_bytes().trim_ascii() == b"*") {
            return IfMatch::Any;
        }
        let tags = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        IfMatch::Versions(tags.filter_map(version).collect())
    }
}

/// Parses a tag. Tags are compared as strings, so `"+4"` and `"04"` are not the tag of version 4.
fn version(tag: &str) -> Option<u64> {
    let text = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    text.parse().ok().filter(|version: &u64| version.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(values: &[&'static [u8]]) -> IfMatch {
        let mut request = Request::default();
        for value in values {
            request.headers_mut().append(header::IF_MATCH, HeaderValue::from_bytes(value).unwrap());
        }
        request.if_match()
    }

    #[test]
    fn a_tag_is_a_quoted_version() {
        assert_eq!(version(" \"7\" "), Some(7));
        for tag in ["7", "W/\"7\"", "\"x\"", "\"", "", "\"+7\"", "\"07\"", "\"-7\"", "\" 7\""] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }

    #[test]
    fn only_no_condition_or_a_star_matches_any_version() {
        assert_eq!(if_match(&[]), IfMatch::Any);
        assert_eq!(if_match(&[b" * "]), IfMatch::Any);
        assert_eq!(if_match(&[b"\"1\", \"2\"", b"\"3\""]), IfMatch::Versions(vec![1, 2, 3]));
        let unreadable: [&[&'static [u8]]; 5] = [&[b""], &[b" "], &[b"\xff"], &[b"\"\xff\""], &[b"*", b"\"+4\""]];
        for blank in unreadable {
            assert_eq!(if_match(blank), IfMatch::Versions(Vec::new()), "{blank:?}");
        }
    }
}
