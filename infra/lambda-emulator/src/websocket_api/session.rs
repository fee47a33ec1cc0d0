//! One socket, from its upgrade to its end.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    time::{sleep, timeout},
};

use crate::websocket_api::{
    connections::{Client, OpenConnection},
    end::End,
    event,
    gateway::Gateway,
    invocation::invoke,
    message,
};

/// The maximum number of messages of one client that are handled at the same time.
const MESSAGES_AT_A_TIME: usize = 32;
/// The time in which a client must take its last messages, and then answer the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves a socket until it ends, and invokes `$disconnect`.
pub(crate) async fn run(gateway: Arc<Gateway>, client: Arc<Client>, socket: WebSocket) {
    let OpenConnection { messages, last_active, cut } = gateway.connections.open(Arc::clone(&client));
    let (mut sink, mut stream) = socket.split();
    // A cut ends the queue of messages too, so it is looked at first.
    let end = tokio::select! {
        biased;
        end = removed(cut) => end,
        end = read(&gateway, &client, &mut stream, &last_active) => end,
        end = write(&mut sink, messages, &last_active) => end,
        end = idle(last_active.subscribe(), gateway.idle_timeout) => end,
        () = sleep(gateway.max_duration) => End::GoingAway,
    };
    gateway.connections.close(&client.connection_id);
    if end != End::Lost {
        // A client that does not take the frame does not hold up the rest.
        drop(timeout(CLOSE_TIMEOUT, close(&mut sink, &mut stream, end.frame())).await);
    }
    drop((sink, stream));
    disconnect(&gateway, &client, &end).await;
}

/// Invokes `$disconnect`. An error is only logged: API Gateway calls this route its best effort.
pub(crate) async fn disconnect(gateway: &Gateway, client: &Client, end: &End) {
    let route = gateway.template.route("$disconnect").filter(|_| !gateway.connections.are_disconnects_lost());
    if let Some(route) = route {
        drop(invoke(&gateway.lambda, route, &event::disconnect(client, &gateway.template.stage, end)).await);
    }
}

/// Reads messages and starts their handling, until the client closes or makes a mistake. As on AWS, the messages of one
/// client are handled at the same time.
async fn read(
    gateway: &Arc<Gateway>,
    client: &Arc<Client>,
    stream: &mut SplitStream<WebSocket>,
    last_active: &watch::Sender<SystemTime>,
) -> End {
    let places = Arc::new(Semaphore::new(MESSAGES_AT_A_TIME));
    while let Some(received) = stream.next().await {
        let text = match received {
            Ok(Message::Text(text)) => text,
            Ok(Message::Binary(_)) => return End::Binary,
            Ok(Message::Close(frame)) => {
                return End::Client(frame.map(|frame| (frame.code, frame.reason.as_str().to_owned())));
            }
            // The server answers a ping by itself. The idle time-out is about messages.
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Err(error) => return End::of_error(error),
        };
        last_active.send_replace(SystemTime::now());
        let (gateway, client) = (Arc::clone(gateway), Arc::clone(client));
        let place = Arc::clone(&places).acquire_owned().await;
        tokio::spawn(async move {
            message::handle(&gateway, &client, text.as_str()).await;
            drop(place);
        });
    }
    End::Lost
}

/// Writes the messages to the client in their order, until the connection is closed at the management API.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    mut messages: mpsc::Receiver<String>,
    last_active: &watch::Sender<SystemTime>,
) -> End {
    while let Some(text) = messages.recv().await {
        if let Err(error) = sink.send(Message::Text(text.into())).await {
            return End::of_error(error);
        }
        last_active.send_replace(SystemTime::now());
    }
    End::Deleted
}

/// Resolves when the connection is cut, or when it was closed at the management API and the client does not take its
/// last messages.
async fn removed(cut: oneshot::Receiver<()>) -> End {
    if cut.await.is_ok() {
        return End::Lost;
    }
    sleep(CLOSE_TIMEOUT).await;
    End::Deleted
}

/// Resolves when no message was sent or received for the time-out.
async fn idle(mut last_active: watch::Receiver<SystemTime>, limit: Duration) -> End {
    while let Ok(Ok(())) = timeout(limit, last_active.changed()).await {}
    End::GoingAway
}

/// Sends a close frame, if there is one, and waits for the client's.
async fn close(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    frame: Option<CloseFrame>,
) {
    if frame.is_some() && sink.send(Message::Close(frame)).await.is_err() {
        return;
    }
    while let Some(Ok(_)) = stream.next().await {}
}
