//! Revalidation: a caller that already has the response to a `GET` gets a 304 without a body (RFC 9110 §13.1.2).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use lambda_http::Request;
use sha2::{Digest, Sha256};
use usher_contract::ProblemCode;

use crate::http::{problem::Problem, response::Response};

/// The length of the hash in a tag, in bytes.
const TAG_HASH_BYTES: usize = 16;

/// Gives the 200 of a `GET` an entity tag, unless the handler has set one. Turns it into a 304 if `If-None-Match` has
/// this tag. Returns every other response as it is. A 304 therefore tells callers nothing that they may not read.
///
/// The tag is a hash of the body. It is weak, because no write can depend on it: `If-Match` never matches a weak tag.
pub(crate) fn revalidate(request: &Request, response: Response) -> Response {
    if request.method() != Method::GET || response.status() != StatusCode::OK {
        return response;
    }
    let response = with_tag(response);
    let is_known = response.headers().get(header::ETAG).is_some_and(|tag| matches(request.headers(), tag));
    if is_known { response.into_not_modified() } else { response }
}

/// Rejects `If-None-Match` on a write. A server must not ignore the condition of a write (RFC 9110 §13.2.1), and no
/// route evaluates this one.
///
/// # Errors
/// 400: the request is not a `GET` and has the header.
pub(crate) fn check_condition(request: &Request) -> Result<(), Problem> {
    if request.method() != Method::GET && request.headers().contains_key(header::IF_NONE_MATCH) {
        return Err(Problem::new(ProblemCode::Malformed, "If-None-Match is only for GET"));
    }
    Ok(())
}

fn with_tag(response: Response) -> Response {
    let Some(body) = response.body().filter(|_| !response.headers().contains_key(header::ETAG)) else {
        return response;
    };
    let hash = Sha256::digest(body);
    let hash = BASE64_URL_SAFE_NO_PAD.encode(hash.get(..TAG_HASH_BYTES).unwrap_or(&hash));
    match HeaderValue::from_str(&format!("W/\"{hash}\"")) {
        Ok(tag) => response.header(header::ETAG, tag),
        Err(_) => response,
    }
}

/// Returns whether a line of `If-None-Match` matches a tag, which has no comma in it.
fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(tag) = tag.to_str().ok().and_then(opaque) else { return false };
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.into_iter().any(|line| line.trim() == "*" || lists(line, tag))
}

/// Returns the part of a tag that the weak comparison compares (RFC 9110 §8.8.3.2): the text between the quotes.
fn opaque(tag: &str) -> Option<&str> {
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')
}

/// Returns whether a list of entity tags has this one. A text that is not such a list has none.
fn lists(list: &str, wanted: &str) -> bool {
    let mut is_listed = false;
    let mut rest = list;
    while let Some((before, quoted)) = rest.split_once('"') {
        // A tag may have commas, but no quotes.
        let Some((tag, after)) = quoted.split_once('"') else { return false };
        if !matches!(before.trim_matches([',', ' ', '\t']), "" | "W/") {
            return false;
        }
        is_listed |= tag == wanted;
        rest = after;
    }
    is_listed && rest.trim_matches([',', ' ', '\t']).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "W/\"iyPQ\"";

    fn request(method: Method, lines: &[&'static [u8]]) -> Request {
        let mut request = Request::default();
        *request.method_mut() = method;
        for line in lines {
            request.headers_mut().append(header::IF_NONE_MATCH, HeaderValue::from_bytes(line).unwrap());
        }
        request
    }

    fn does_match(lines: &[&'static [u8]]) -> bool {
        matches(request(Method::GET, lines).headers(), &HeaderValue::from_static(TAG))
    }

    #[test]
    fn a_tag_matches_weak_strong_listed_or_by_a_star() {
        let matching: [&[&'static [u8]]; 9] = [
            &[b"W/\"iyPQ\""],
            &[b"\"iyPQ\""],
            &[b" * "],
            &[b"\"x\", W/\"iyPQ\""],
            &[b"W/\"x\",\"iyPQ\",\"y\""],
            &[b"\"a,b\" ,\t\"iyPQ\""],
            &[b", ,\"iyPQ\" ,"],
            &[b"\"x\"", b"W/\"iyPQ\""],
            &[b"\xff", b"\"iyPQ\""],
        ];
        for lines in matching {
            assert!(does_match(lines), "{lines:?}");
        }
    }

    #[test]
    fn another_tag_or_an_unreadable_list_does_not_match() {
        let others: [&[&'static [u8]]; 14] = [
            &[],
            &[b""],
            &[b","],
            &[b"\"x\""],
            &[b"\"W/iyPQ\""],
            &[b"iyPQ"],
            &[b"\"iyPQ"],
            &[b"iyPQ\""],
            &[b"'iyPQ'"],
            &[b"w/\"iyPQ\""],
            &[b"\"iyPQ\"; \"x\""],
            &[b"\"iyPQ\"x"],
            &[b"\"a,\"iyPQ\",b\""],
            &[b"\"\xff\",\"iyPQ\""],
        ];
        for lines in others {
            assert!(!does_match(lines), "{lines:?}");
        }
    }

    #[test]
    fn only_the_200_of_a_get_has_a_tag() {
        let ok = || Response::ok(&[1]);
        let problem = Problem::not_found().into_response("r");
        let conditional = |method| request(method, &[b"*"]);
        for (method, response, status) in [
            (Method::GET, ok(), 304),
            (Method::PATCH, ok(), 200),
            (Method::POST, Response::created(&[1]), 201),
            (Method::DELETE, Response::no_content(), 204),
            (Method::GET, problem, 404),
        ] {
            let answer = revalidate(&conditional(method), response);
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers().contains_key(header::ETAG), status == 304, "{answer:?}");
        }
        let other = revalidate(&request(Method::GET, &[b"\"x\""]), ok());
        assert_eq!((other.status(), other.body()), (StatusCode::OK, Some("[1]")));
    }

    #[test]
    fn equal_bodies_have_equal_weak_tags() {
        let tag = |body: &[i32]| {
            let response = revalidate(&request(Method::GET, &[]), Response::ok(&body));
            response.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(tag(&[1]), tag(&[1]));
        assert_ne!(tag(&[1]), tag(&[2]));
        // The first 16 bytes of `printf '[1]' | sha256sum`.
        assert_eq!(tag(&[1]), "W/\"CAqe1ChVnvYCZotMAPEU8Q\"");
        let version = revalidate(&request(Method::GET, &[]), Response::ok(&[1]).etag(7));
        assert_eq!(version.headers()[header::ETAG], "\"7\"");
    }

    #[test]
    fn a_304_has_the_tag_and_no_body_or_content_type() {
        let response = revalidate(&request(Method::GET, &[b"W/\"7\""]), Response::ok(&[1]).etag(7));
        let answer = lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse::from(response);
        assert_eq!((answer.status_code, answer.body), (304, None));
        let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "etag", "x-content-type-options"]);
    }

    #[test]
    fn only_a_get_may_have_if_none_match() {
        assert_eq!(check_condition(&request(Method::GET, &[b"*"])), Ok(()));
        assert_eq!(check_condition(&request(Method::DELETE, &[])), Ok(()));
        for method in [Method::POST, Method::PATCH, Method::DELETE] {
            assert_eq!(check_condition(&request(method, &[b"\"x\""])).unwrap_err().status(), 400);
        }
    }
}
