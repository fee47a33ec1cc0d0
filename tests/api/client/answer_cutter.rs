//! A proxy that loses responses after the API has carried out the request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// A proxy before the API. It closes the first connections as soon as the response begins, and passes on the others.
/// It runs until the runtime that started it ends.
pub(crate) struct AnswerCutter {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl AnswerCutter {
    /// Starts a proxy that loses the responses of the first `lost` connections.
    pub(crate) async fn start(api_url: &str, lost: usize) -> Self {
        let api = api_url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&api).await.unwrap();
                if counter.fetch_add(1, Ordering::Relaxed) < lost {
                    tokio::spawn(lose_answer(client, server));
                } else {
                    tokio::spawn(pass_on(client, server));
                }
            }
        });
        Self { url, connections }
    }

    /// The number of connections so far. A closed connection is not used again, so this counts lost responses and the
    /// connection after them.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream) {
    drop(copy_bidirectional(&mut client, &mut server).await);
}

async fn lose_answer(client: TcpStream, server: TcpStream) {
    let (mut requests, _responses) = client.into_split();
    let (mut answers, mut sent) = server.into_split();
    tokio::select! {
        _ = copy(&mut requests, &mut sent) => {}
        // The API answers after it has committed.
        _ = answers.read_u8() => {}
    }
    drop(sent.shutdown().await);
}
