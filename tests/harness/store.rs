//! The line to DynamoDB, which a test can cut.

use std::net::SocketAddr;

use axum::{Router, http::StatusCode, response::IntoResponse};
use local::{
    dynamodb::{Engine, Storage},
    find_template,
    template::Template,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What stands at the other end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// DynamoDB.
    Connected,
    /// DynamoDB when it has enough: every request is throttled.
    Throttling,
    /// Nothing: connections are closed.
    Cut,
    /// Nothing that answers: connections are taken and no byte comes back.
    Silent,
}

/// A DynamoDB behind a line. The engine itself can be neither throttled nor out of reach.
pub struct FaultProxy {
    _engine: Engine,
    url: String,
    line: watch::Sender<LinkState>,
}

/// A DynamoDB of the test's own, with the table of the template.
pub(crate) fn engine() -> Engine {
    Engine::start(Storage::Memory, &Template::load(&find_template()).unwrap()).unwrap()
}

impl FaultProxy {
    /// A DynamoDB and a line to it, connected. The line lives as long as the runtime it is made in.
    pub async fn start() -> Self {
        let engine = engine();
        let dynamodb: SocketAddr = engine.endpoint().trim_start_matches("http://").parse().unwrap();
        let throttling = serve_throttling().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (line, state) = watch::channel(LinkState::Connected);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, state.clone(), dynamodb, throttling));
            }
        });
        Self { _engine: engine, url, line }
    }

    /// What the functions are given for their DynamoDB.
    pub fn storage(&self) -> Storage {
        Storage::External(self.url.clone())
    }

    /// Changes what stands at the other end; open connections end.
    pub fn set_link(&self, link: LinkState) {
        self.line.send_replace(link);
    }
}

async fn connect(
    mut client: TcpStream,
    mut state: watch::Receiver<LinkState>,
    dynamodb: SocketAddr,
    throttling: SocketAddr,
) {
    let line = *state.borrow_and_update();
    let relay = async {
        match line {
            LinkState::Cut => {}
            LinkState::Silent => std::future::pending().await,
            LinkState::Connected | LinkState::Throttling => {
                let target = if line == LinkState::Connected { dynamodb } else { throttling };
                if let Ok(mut server) = TcpStream::connect(target).await {
                    drop(copy_bidirectional(&mut client, &mut server).await);
                }
            }
        }
    };
    tokio::select! {
        () = relay => {}
        _ = state.changed() => {}
    }
}

async fn serve_throttling() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(async || throttled());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// DynamoDB's own words when a table or a partition is over its capacity.
pub(crate) fn throttled() -> impl IntoResponse {
    const THROTTLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Rate of requests exceeds the allowed throughput."}"#;
    (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], THROTTLED)
}
