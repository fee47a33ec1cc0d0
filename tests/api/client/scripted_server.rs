//! A server in place of API Gateway, with scripted responses.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Response},
};
use tokio::net::TcpListener;

/// A server that gives its responses in their order, and 500 afterwards. It runs until the runtime that started it
/// ends.
pub(crate) struct ScriptedServer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<HeaderMap>>>,
}

/// A response with a status, headers and a body.
pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let response = Response::builder().status(status);
    headers.iter().fold(response, |response, (name, value)| response.header(*name, *value)).body(body.into()).unwrap()
}

impl ScriptedServer {
    pub(crate) async fn start(responses: impl IntoIterator<Item = Response<Body>>) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let responses: Vec<_> = responses.into_iter().collect();
        let (record, responses) = (Arc::clone(&requests), Arc::new(Mutex::new(responses.into_iter())));
        let handler = move |headers: HeaderMap| {
            record.lock().unwrap().push(headers);
            let next = responses.lock().unwrap().next();
            async move { next.unwrap_or_else(|| response(500, &[], "")) }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { url, requests }
    }

    /// The values of a header of all requests so far. Empty for a request without the header.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let text = |headers: &HeaderMap| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        self.requests.lock().unwrap().iter().map(text).collect()
    }
}
