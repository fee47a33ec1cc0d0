//! A client of the API.

use reqwest::{Client, Method};

use crate::{
    answer::Answer,
    clock::now_seconds,
    description::assert_described,
    logs::Logs,
    svix::{Headers, new_message_id, signed},
};

/// A client of an API, which may run in another process.
pub struct Api {
    http: Client,
    url: String,
    logs: Logs,
}

impl Api {
    /// Creates a client. `url` has no trailing slash. `logs` are those of the functions.
    pub fn new(url: &str, logs: Logs) -> Self {
        Self { http: Client::builder().no_proxy().build().unwrap(), url: url.to_owned(), logs }
    }

    /// Sends a request. Asserts that the answer is one that `infra/openapi.json` describes.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        let exchange = format!("{method} {path}");
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{exchange}: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await.unwrap_or_else(|error| panic!("{exchange}: {error:?}"));
        let answer = Answer { exchange, status, headers, body, log: self.logs.tail() };
        assert_described(method.as_str(), path, &answer);
        answer
    }

    /// Sends a `GET` with a bearer token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, &[("authorization", format!("Bearer {token}"))], Vec::new()).await
    }

    /// Sends a body to the webhook, with these headers and a `Content-Type`.
    pub async fn webhook(&self, headers: &Headers, body: impl Into<Vec<u8>>) -> Answer {
        let mut headers = headers.clone();
        headers.push(("content-type", "application/json".to_owned()));
        self.call(Method::POST, "/webhooks/clerk", &headers, body.into()).await
    }

    /// Delivers a new message, signed now with this secret.
    pub async fn deliver_signed(&self, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let headers = signed(secret, &new_message_id(), now_seconds() as i64, &body);
        self.webhook(&headers, body).await
    }
}
