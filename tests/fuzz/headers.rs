//! The headers that a request may have: `Idempotency-Key` and `If-Match`.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use http::{HeaderValue, header};
use regex::Regex;
use usher_contract::IdempotencyKey;
use usher_runtime::{ConditionalRequest as _, Request};
use usher_store::IfMatch;

use crate::input::input;

/// The pattern of the OpenAPI description, with its length.
static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[!-~]([ -~]{0,62}[!-~])?$").unwrap());

fn if_match(values: impl IntoIterator<Item = HeaderValue>) -> IfMatch {
    let mut request = Request::default();
    for value in values {
        request.headers_mut().append(header::IF_MATCH, value);
    }
    request.if_match()
}

pub(crate) fn a_key_is_what_the_description_says(bytes: &[u8]) {
    let Some(text) = input::<String>(bytes) else { return };
    let key = IdempotencyKey::parse(&text);
    assert_eq!(key.is_ok(), KEY.is_match(&text) && !text.ends_with('\n'), "{text:?}");
    if let Ok(key) = key {
        // It is sent and received unchanged.
        assert_eq!(HeaderValue::from_str(key.as_str()).unwrap().to_str().unwrap(), text);
    }
}

/// A tag, as a client may write it.
#[derive(Debug, Clone, Arbitrary)]
enum Tag {
    Version(u64),
    Weak(u64),
    Padded(u64),
    Spaced(u64),
    Star,
    Other(String),
}

impl Tag {
    fn text(&self) -> String {
        match self {
            Self::Version(version) => format!("\"{version}\""),
            Self::Weak(version) => format!("W/\"{version}\""),
            Self::Padded(version) => format!("\"0{version}\""),
            Self::Spaced(version) => format!(" \t\"{version}\" "),
            Self::Star => "*".to_owned(),
            Self::Other(text) => text.replace(',', ""),
        }
    }

    fn version(&self) -> Option<u64> {
        match self {
            Self::Version(version) | Self::Spaced(version) => Some(*version),
            Self::Other(text) => {
                let tag = text.replace(',', "");
                let version = tag.trim().trim_matches('"').parse().ok()?;
                // Tags are compared as texts.
                (tag.trim() == format!("\"{version}\"")).then_some(version)
            }
            _ => None,
        }
    }
}

pub(crate) fn a_condition_names_the_versions_that_it_quotes(bytes: &[u8]) {
    let Some(values) = input::<Vec<Vec<Tag>>>(bytes) else { return };
    let texts: Vec<String> =
        values.iter().map(|tags| tags.iter().map(Tag::text).collect::<Vec<_>>().join(",")).collect();
    if texts.iter().any(|text| !text.is_ascii()) {
        return;
    }
    let Ok(headers) = texts.iter().map(|text| HeaderValue::from_str(text)).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    let expected = if texts.iter().all(|text| text.trim() == "*") {
        IfMatch::Any
    } else {
        IfMatch::Versions(values.iter().flatten().filter_map(Tag::version).collect())
    };
    assert_eq!(if_match(headers), expected, "{texts:?}");
}

pub(crate) fn any_bytes_are_a_condition_that_is_not_ignored(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    if if_match([value]) == IfMatch::Any {
        assert_eq!(bytes.trim_ascii(), b"*");
    }
}
