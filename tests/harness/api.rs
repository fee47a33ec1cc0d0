//! The API over HTTP.

use reqwest::{Client, Method};

use crate::{
    answer::Answer,
    clock::now_seconds,
    logs::Logs,
    svix::{Headers, new_message_id, signed},
};

/// An API to call, wherever it runs.
pub struct Api {
    http: Client,
    url: String,
    logs: Logs,
}

impl Api {
    /// The API at a URL without a trailing slash, whose functions write to `logs`.
    pub fn new(url: &str, logs: Logs) -> Self {
        Self { http: Client::builder().no_proxy().build().unwrap(), url: url.to_owned(), logs }
    }

    /// Calls it.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        let exchange = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{exchange}: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await.unwrap_or_else(|error| panic!("{exchange}: {error:?}"));
        Answer { exchange, status, headers, body, log: self.logs.tail() }
    }

    /// `GET` as the bearer of a token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, &[("authorization", format!("Bearer {token}"))], Vec::new()).await
    }

    /// A body at the webhook, with these headers and no others.
    pub async fn webhook(&self, headers: &Headers, body: impl Into<Vec<u8>>) -> Answer {
        let mut headers = headers.clone();
        headers.push(("content-type", "application/json".to_owned()));
        self.call(Method::POST, "/webhooks/clerk", &headers, body.into()).await
    }

    /// A new message, signed now with this secret.
    pub async fn deliver_signed(&self, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let headers = signed(secret, &new_message_id(), now_seconds() as i64, &body);
        self.webhook(&headers, body).await
    }
}
