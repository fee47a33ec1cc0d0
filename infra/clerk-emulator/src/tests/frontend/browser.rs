//! A browser with cookies, at a page of an app.

use std::collections::BTreeMap;

use reqwest::{Method, Response, Url, header, redirect::Policy};
use serde_json::Value;

use super::{EMAIL, ORIGIN, PASSWORD};
use crate::tests::{Setup, first_error};

/// A browser. It sends requests as Clerk's script does: forms, and other methods than POST in the query.
pub(super) struct Browser {
    base: String,
    client: reqwest::Client,
    pub(super) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) fn new(setup: &Setup) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { base: setup.base.clone(), client, cookies: BTreeMap::new() }
    }

    /// Sends a request of the page, and keeps the cookies of the answer.
    pub(super) async fn send(&mut self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let mut url = Url::parse(&format!("{}{path}", self.base)).unwrap();
        let sent = if method == Method::GET { Method::GET } else { Method::POST };
        if sent != method {
            url.query_pairs_mut().append_pair("_method", method.as_str());
        }
        let mut request = self.client.request(sent.clone(), url).header(header::ORIGIN, ORIGIN);
        if sent == Method::POST {
            let mut body = Url::parse("form:").unwrap();
            body.query_pairs_mut().extend_pairs(form);
            let body = body.query().unwrap_or_default().to_owned();
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(header::COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        response
    }

    /// Keeps a cookie as `Set-Cookie` has it.
    pub(super) fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if cookie.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(super) async fn call(&mut self, method: Method, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.send(method, path, form).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(super) async fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &[]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Posts a form that must be accepted.
    pub(super) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Value {
        let (status, body) = self.call(Method::POST, path, form).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Sends a form that must be refused. Returns the status, the code and the parameter of the error.
    pub(super) async fn refused(&mut self, method: Method, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        let (status, body) = self.call(method, path, form).await;
        let (code, param) = first_error(&body);
        (status, code.to_owned(), param.to_owned())
    }

    /// Signs the user of `Setup::ada` in, and returns the id of the session.
    pub(super) async fn sign_in(&mut self) -> String {
        let form = [("strategy", "password"), ("identifier", EMAIL), ("password", PASSWORD)];
        let body = self.post("/v1/client/sign_ins", &form).await;
        assert_eq!(body["response"]["status"], "complete", "{body}");
        body["response"]["created_session_id"].as_str().unwrap().to_owned()
    }
}
