//! The control routes of a stack, as a test of an app uses them: without the secret key.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::usher::Usher;

/// The time within which an event must come. It is long, because all tests run at once.
const LIMIT: Duration = Duration::from_secs(60);

/// A reader of the events of the control routes.
pub struct ControlEvents {
    response: Response,
    received: String,
}

impl Usher {
    /// Calls a control route. Returns the status and the JSON.
    pub async fn try_control(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = reqwest::Client::new().request(method, format!("{}/control/{path}", self.clerk_url()));
        let request = if body.is_null() { request } else { request.json(body) };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Calls a control route and expects a success. Returns the JSON.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_control(method, path, &body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Follows the events. None is missed from now on.
    pub async fn control_events(&self) -> ControlEvents {
        let response = reqwest::get(format!("{}/control/events", self.clerk_url())).await.unwrap();
        ControlEvents { response: response.error_for_status().unwrap(), received: String::new() }
    }
}

impl ControlEvents {
    /// Waits for an event of this name that fits. Skips all others.
    pub async fn wait_for(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let event = self.next().await;
                if let Some(data) = event.strip_prefix(&format!("event: {name}\ndata: ")) {
                    let data = serde_json::from_str(data).unwrap();
                    if fits(&data) {
                        return data;
                    }
                }
            }
        };
        timeout(LIMIT, found).await.unwrap_or_else(|_| panic!("no event {name} fits"))
    }

    /// Returns the text of the next event or comment.
    async fn next(&mut self) -> String {
        loop {
            if let Some((event, rest)) = self.received.split_once("\n\n") {
                let event = event.to_owned();
                self.received = rest.to_owned();
                return event;
            }
            let chunk = self.response.chunk().await.unwrap().unwrap();
            self.received += std::str::from_utf8(&chunk).unwrap();
        }
    }
}
