//! Which addresses are trusted.

use std::net::IpAddr;

use url::Url;

/// Returns whether requests to a URL can be neither read nor changed on the way: the scheme is `https`, or it is `http`
/// and the host is this machine (`localhost`, a loopback address, or Docker's name for its host).
pub fn is_secure(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_this_machine(host),
        _ => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    matches!(host, "localhost" | "host.docker.internal") || address.is_ok_and(|address| address.is_loopback())
}
