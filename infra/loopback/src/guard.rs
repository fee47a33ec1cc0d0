//! The check of each request: programs of this machine may call a port, foreign web pages may not.
//!
//! A page in the developer's browser can reach loopback too. The browser then sends `Origin` or `Sec-Fetch-Site`
//! (Fetch, "request headers"). A page can avoid these two headers if it changes the address of its own name to
//! 127.0.0.1 ("DNS rebinding"). Its requests still carry that name in `Host`.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};

use crate::refusal::log_refusal;

/// The name by which a container reaches the machine on which it runs.
pub const HOST_OF_CONTAINERS: &str = "host.docker.internal";

/// The reason for a page of another site. A browser counts `localhost` and `127.0.0.1` as two sites.
const FOREIGN_PAGE: &str =
    "Only web pages of this machine may call this service, by the host name of their own address.";

/// The reason for another name than one of loopback, where only those are allowed.
const NOT_LOOPBACK: &str = "The control routes may be called by a name of loopback only.";

/// The header in which a browser says how the page and the address of a request are related (Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";

/// The host names by which a service may be called, in addition to those of loopback.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    others: Arc<BTreeSet<String>>,
}

/// The web pages that may call a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Pages that the service's own CORS rules allow.
    AsCorsAllows,
    /// Pages that this port serves itself. A page at another port is foreign. For a part that controls a service: pages
    /// and programs must call it by a name of loopback, whatever other names [`Hosts`] allows.
    Own,
    /// Pages of this machine: those whose origin is a name of loopback. Without `Origin`, a page of another site may only
    /// open the address itself, as a link does.
    OfThisMachine,
    /// No page.
    None,
}

impl Hosts {
    /// Allows these names, which have no port.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { others: Arc::new(names.into_iter().map(|name| name.to_ascii_lowercase()).collect()) }
    }

    fn allow(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        is_loopback(&host) || self.others.contains(without_brackets(&host))
    }
}

/// Returns whether a host in lower case is a name of loopback.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || without_brackets(host).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns an IPv6 address without the brackets that a URL has around it.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Returns whether this is the origin of a page on a name of loopback, as in `http://localhost:3000`.
pub fn is_loopback_origin(origin: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let authority = authority.and_then(|authority| Authority::try_from(authority).ok());
    // A name before the host would hide it, and an origin has none.
    authority.is_some_and(|authority| {
        !authority.as_str().contains('@') && is_loopback(&authority.host().to_ascii_lowercase())
    })
}

/// Adds the check to `router`. A refused request gets 403 with the reason, leaves a line in the log, and does not
/// reach a route.
pub fn guarded(service: &'static str, router: Router, hosts: &Hosts, pages: Pages) -> Router {
    router.layer(from_fn_with_state((service, hosts.clone(), pages), guard))
}

async fn guard(
    State((service, hosts, pages)): State<(&'static str, Hosts, Pages)>,
    request: Request,
    next: Next,
) -> Response {
    match refusal(&hosts, pages, request.headers(), request.uri().authority()) {
        None => next.run(request).await,
        Some(reason) => {
            let status = StatusCode::FORBIDDEN;
            log_refusal(service, request.method(), request.uri().path(), status, reason);
            (status, format!("{reason}\n")).into_response()
        }
    }
}

fn refusal(hosts: &Hosts, pages: Pages, headers: &HeaderMap, authority: Option<&Authority>) -> Option<&'static str> {
    // An HTTP/1.1 request may name the host in its target, which then replaces the header (RFC 9112, section 3.2.2).
    let named = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = authority.or(named.as_ref()).filter(|authority| hosts.allow(authority.host()));
    let Some(authority) = authority else {
        return Some(
            "The Host of the request is not a name of this machine. To allow it, start the service with --allow-host NAME.",
        );
    };
    match pages {
        Pages::AsCorsAllows => None,
        Pages::OfThisMachine => is_from_foreign_page(headers).then_some(FOREIGN_PAGE),
        Pages::Own if !is_loopback(&authority.host().to_ascii_lowercase()) => Some(NOT_LOOPBACK),
        Pages::Own if is_from_own_page(headers, authority) => None,
        Pages::Own | Pages::None => (!is_from_program(headers)).then_some("Web pages may not call this service."),
    }
}

/// Returns whether no page made this request. The value "none" means that the developer typed the address into the
/// browser.
fn is_from_program(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::ORIGIN) && headers.get(FETCH_SITE).is_none_or(|site| site.as_bytes() == b"none")
}

/// Returns whether a page made this request that was opened at the same address. Browsers send no `Origin` with a GET
/// request of such a page.
fn is_from_own_page(headers: &HeaderMap, authority: &Authority) -> bool {
    let own_origin = format!("http://{authority}");
    headers.get(FETCH_SITE).is_none_or(|site| site.as_bytes() == b"same-origin")
        && headers.get_all(header::ORIGIN).iter().all(|origin| origin.as_bytes() == own_origin.as_bytes())
}

/// Returns whether a page made this request that is not of this machine.
fn is_from_foreign_page(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::ORIGIN) {
        return !text(headers, header::ORIGIN.as_str()).is_some_and(is_loopback_origin);
    }
    let is_of_other_site = headers.contains_key(FETCH_SITE)
        && !text(headers, FETCH_SITE).is_some_and(|site| ["none", "same-origin", "same-site"].contains(&site));
    // A link to a page of this machine counts as one to the address to which that page redirects.
    let is_opened =
        text(headers, "sec-fetch-mode") == Some("navigate") && text(headers, "sec-fetch-dest") == Some("document");
    is_of_other_site && !is_opened
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn is_refused(pages: Pages, headers: &[(&'static str, &'static str)]) -> bool {
        let hosts = Hosts::new(["tunnel.example".to_owned(), "172.17.0.1".to_owned()]);
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        refusal(&hosts, pages, &headers.collect(), None).is_some()
    }

    #[test]
    fn only_names_of_this_machine_are_allowed() {
        let own = ["localhost", "LOCALHOST:3000", "127.0.0.1:8000", "127.9.9.9", "[::1]:80", "[::1]"];
        for host in own.into_iter().chain(["tunnel.example", "Tunnel.Example:443", "172.17.0.1:8000"]) {
            assert!(!is_refused(Pages::None, &[("host", host)]), "{host}");
        }
        let foreign =
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000", "10.0.0.1", "", "a@b@c"];
        for host in foreign {
            assert!(is_refused(Pages::AsCorsAllows, &[("host", host)]), "{host}");
        }
        assert!(is_refused(Pages::AsCorsAllows, &[]));
    }

    #[test]
    fn the_host_in_the_target_replaces_the_header() {
        let headers = [(header::HOST, HeaderValue::from_static("localhost"))].into_iter().collect();
        let target = Authority::from_static("evil.example");
        assert!(refusal(&Hosts::default(), Pages::None, &headers, Some(&target)).is_some());
    }

    #[test]
    fn a_page_is_recognised_by_the_headers_of_its_browser() {
        let host = ("host", "localhost");
        for page in [("origin", "null"), ("origin", "http://localhost:5173"), ("sec-fetch-site", "cross-site")] {
            assert!(is_refused(Pages::None, &[host, page]), "{page:?}");
            assert!(!is_refused(Pages::AsCorsAllows, &[host, page]), "{page:?}");
        }
        assert!(!is_refused(Pages::None, &[host, ("sec-fetch-site", "none")]));
    }
    #[test]
    fn a_page_may_call_the_port_that_served_it() {
        let host = ("host", "127.0.0.1:3001");
        let (origin, site) = (("origin", "http://127.0.0.1:3001"), ("sec-fetch-site", "same-origin"));
        for own in [&[host, site][..], &[host, origin], &[host, origin, site], &[host]] {
            assert!(!is_refused(Pages::Own, own), "{own:?}");
        }
        for foreign in [
            ("origin", "http://127.0.0.1:3000"),
            ("origin", "http://localhost:3001"),
            ("origin", "https://127.0.0.1:3001"),
            ("origin", "null"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let other = if foreign.0 == "origin" { site } else { origin };
            assert!(is_refused(Pages::Own, &[host, foreign]), "{foreign:?}");
            assert!(is_refused(Pages::Own, &[host, foreign, other]), "{foreign:?}");
        }
        assert!(is_refused(Pages::None, &[host, origin]) && is_refused(Pages::None, &[host, site]));
    }

    #[test]
    fn nobody_controls_a_service_by_a_name_of_the_network() {
        for (host, origin) in [("tunnel.example", "http://tunnel.example"), ("172.17.0.1", "http://172.17.0.1")] {
            let page = [("host", host), ("origin", origin)];
            assert!(is_refused(Pages::Own, &page), "{host}");
            assert!(is_refused(Pages::Own, &page[..1]), "{host}");
            assert!(!is_refused(Pages::None, &page[..1]), "{host}");
        }
        assert!(!is_refused(Pages::Own, &[("host", "LOCALHOST:3001")]));
    }

    #[test]
    fn a_page_of_this_machine_is_told_by_its_origin() {
        let host = ("host", "localhost:3001");
        for origin in ["http://localhost", "http://localhost:3002", "http://127.0.0.1:1", "https://[::1]:3000"] {
            assert!(!is_refused(Pages::OfThisMachine, &[host, ("origin", origin)]), "{origin}");
            // The origin decides, whatever the site is.
            assert!(!is_refused(Pages::OfThisMachine, &[host, ("origin", origin), ("sec-fetch-site", "cross-site")]));
        }
        for origin in [
            "null",
            "https://evil.example",
            "http://localhost.evil.example",
            "http://evil.example:3001",
            "http://localhost@evil.example",
            "http://evil.example@localhost",
            "http://localhost:3001/",
            "localhost:3001",
            "ftp://localhost",
            "file://",
            "",
        ] {
            assert!(is_refused(Pages::OfThisMachine, &[host, ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn a_foreign_page_may_only_open_an_address_of_this_machine() {
        let host = ("host", "localhost:3001");
        let navigation = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        for site in ["none", "same-origin", "same-site"] {
            assert!(!is_refused(Pages::OfThisMachine, &[host, ("sec-fetch-site", site)]), "{site}");
        }
        let foreign = ("sec-fetch-site", "cross-site");
        assert!(!is_refused(Pages::OfThisMachine, &[host, foreign, navigation[0], navigation[1]]));
        assert!(is_refused(Pages::OfThisMachine, &[host, foreign]));
        for dest in ["iframe", "script", "image"] {
            assert!(is_refused(Pages::OfThisMachine, &[host, foreign, navigation[0], ("sec-fetch-dest", dest)]));
        }
        let origin = ("origin", "https://evil.example");
        assert!(is_refused(Pages::OfThisMachine, &[host, foreign, navigation[0], navigation[1], origin]));
    }
}
