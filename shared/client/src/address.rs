//! The address of the API.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;

/// Parses the URL of an API. It may have a path, for example the name of a stage.
///
/// # Errors
/// The text is not a URL, the connection could be read by others, or the URL has more than an origin and a path.
pub(crate) fn parse(url: &str) -> Result<Url, Error> {
    let url = parse_any(url)?;
    if !is_secure(&url, "https", "http") {
        return Err(Error::InvalidUrl("must begin with https://; only this machine may be called with http://"));
    }
    Ok(url)
}

/// Parses the URL of live updates. Returns it with the scheme of the handshake, which is an HTTP request.
///
/// # Errors
/// As [`parse`].
#[cfg(feature = "live")]
pub(crate) fn parse_live(url: &str) -> Result<Url, Error> {
    let mut url = parse_any(url)?;
    if !is_secure(&url, "wss", "ws") {
        return Err(Error::InvalidUrl("must begin with wss://; only this machine may be called with ws://"));
    }
    let scheme = if url.scheme() == "wss" { "https" } else { "http" };
    url.set_scheme(scheme).map_err(|()| Error::InvalidUrl("has another scheme"))?;
    Ok(url)
}

/// Parses a URL that has only a scheme, an origin and a path.
fn parse_any(url: &str) -> Result<Url, Error> {
    let url = Url::parse(url.trim_end_matches('/')).map_err(|_| Error::InvalidUrl("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(Error::InvalidUrl("must have no user, password, query or fragment"));
    }
    Ok(url)
}

/// Returns whether only the two ends can read the connection: it has the secure scheme, or stays on this machine.
fn is_secure(url: &Url, secure: &str, plain: &str) -> bool {
    url.scheme() == secure || (url.scheme() == plain && is_this_machine(url))
}

/// Returns whether the host is this machine: `localhost`, a loopback address, or Docker's name for its host.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    matches!(host, "localhost" | "host.docker.internal") || address.is_ok_and(|address| address.is_loopback())
}

/// Adds the segments of a route to the URL of an API. Characters that a segment cannot have are escaped.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_called_without_tls() {
        for url in [
            "https://api.example.com",
            "https://abc.execute-api.eu-central-1.amazonaws.com/prod/",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in [
            "api.example.com",
            "http://api.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "https://user@api.example.com",
            "https://:password@api.example.com",
            "https://api.example.com?key=1",
            "https://api.example.com#top",
            "https://",
            "",
        ] {
            assert!(matches!(parse(url), Err(Error::InvalidUrl(_))), "{url}");
        }
    }

    #[test]
    fn a_route_is_added_to_the_path_of_the_url() {
        for (base, joined) in [
            ("https://a.example", "https://a.example/threads/1"),
            ("https://a.example/", "https://a.example/threads/1"),
            ("https://a.example/prod", "https://a.example/prod/threads/1"),
            ("https://a.example/prod/", "https://a.example/prod/threads/1"),
            ("https://a.example/prod//", "https://a.example/prod/threads/1"),
        ] {
            assert_eq!(join(&parse(base).unwrap(), &["threads", "1"]).as_str(), joined);
        }
        assert_eq!(join(&parse("https://a.example").unwrap(), &["a/?b"]).as_str(), "https://a.example/a%2F%3Fb");
    }
}
