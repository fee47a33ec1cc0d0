//! Listeners on loopback, and on one more address if needed.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{Router, serve::ListenerExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::guard::{Hosts, Pages, guarded};

/// The reason why a service cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another process listens on the port.
    #[error("port {port} is in use; {flag} takes another (0 takes a free one)")]
    PortInUse {
        /// The port.
        port: u16,
        /// The command-line flag that changes the port.
        flag: &'static str,
    },
    /// The address in addition to loopback cannot be used.
    #[error("--listen: {address}: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Any other reason.
    #[error("cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// Listens on `port` of 127.0.0.1. `flag` is the command-line flag that changes the port.
///
/// # Errors
/// Returns an error if the port is in use or cannot be opened.
pub async fn bind(port: u16, flag: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => ListenError::PortInUse { port, flag },
        _ => ListenError::Io(error),
    })
}

/// Serves the router until the runtime ends, to callers that `hosts` and `pages` allow. `name` is the name of the
/// service in the log. Each piece of a response is sent at once (`TCP_NODELAY`), because responses stream.
pub fn serve(name: &'static str, listener: TcpListener, router: Router, hosts: &Hosts, pages: Pages) {
    let service = guarded(name, router, hosts, pages).into_make_service_with_connect_info::<SocketAddr>();
    // If the option cannot be set, the pieces are only slower.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    tokio::spawn(async move { axum::serve(listener, service).await });
}

/// Forwards connections from the same port of `address` to `target`, which listens on loopback, until the runtime ends.
/// Containers need this, because they reach the machine at another address than its own programs.
///
/// # Errors
/// Returns an error if the port of `address` is in use or cannot be opened.
pub async fn forward(address: IpAddr, target: SocketAddr) -> Result<(), ListenError> {
    // The target already listens at this address.
    if address == target.ip() {
        return Ok(());
    }
    let from = SocketAddr::new(address, target.port());
    let listener = TcpListener::bind(from).await.map_err(|source| ListenError::Address { address: from, source })?;
    tokio::spawn(async move {
        loop {
            // The client disconnected, or too many files are open. The next connection may succeed.
            let Ok((mut client, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            tokio::spawn(async move {
                let mut service = TcpStream::connect(target).await?;
                tokio::io::copy_bidirectional(&mut client, &mut service).await
            });
        }
    });
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")] // On Linux, all of 127.0.0.0/8 is this machine.
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

    #[tokio::test]
    async fn a_service_is_reachable_at_both_addresses() {
        let listener = bind(0, "").await.unwrap();
        let target = listener.local_addr().unwrap();
        let router = Router::new().route("/", axum::routing::get(|| async { "here" }));
        serve("test", listener, router, &Hosts::default(), Pages::None);
        forward(target.ip(), target).await.unwrap();
        forward(OTHER, target).await.unwrap();
        for address in [target, SocketAddr::new(OTHER, target.port())] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert!(answer.ends_with("here"), "{address}: {answer}");
        }
        let error = forward(OTHER, target).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("--listen: {OTHER}:{}", target.port())), "{error}");
    }
}
