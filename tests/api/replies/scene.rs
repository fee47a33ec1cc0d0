//! A user who asks for replies in a thread, and the model that writes them.

use harness::{Usher, eventually};
use model_emulator::{Request, Script};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{caller::Caller, replies::reader::Reader};

/// A thread, and what the user writes in it.
pub(super) struct Scene<'a> {
    pub(super) usher: &'a Usher,
    pub(super) caller: Caller<'a>,
    /// The path of the thread.
    pub(super) thread: String,
    /// The text of the user's message, by which the model knows its script.
    pub(super) marker: String,
    pub(super) http: Client,
}

impl<'a> Scene<'a> {
    /// Creates a user and a thread with a title, so that no title is made.
    pub(super) async fn new(usher: &'a Usher, script: Script) -> Self {
        let scene = Self::untitled(usher, script).await;
        scene.caller.patch(&scene.thread, &json!({"title": "Given"})).await.expect_json();
        scene
    }

    /// Creates a user and a thread without a title.
    pub(super) async fn untitled(usher: &'a Usher, script: Script) -> Self {
        let caller = Caller::new(usher).await;
        let thread = caller.create_thread().await;
        let marker = format!("Why {}?", Uuid::now_v7());
        usher.stack().model().set_script(&marker, script);
        let http = Client::builder().no_proxy().build().unwrap();
        Self { usher, caller, thread, marker, http }
    }

    /// The path of the replies, which is in the streaming API.
    pub(super) fn replies(&self) -> String {
        format!("/stream{}/replies", self.thread)
    }

    /// Asks for a reply.
    pub(super) async fn reply(&self, key: Option<&str>) -> Reader {
        self.post(&json!({"content": self.marker}), key).await
    }

    /// Asks for a reply of which the model has written one word, `Because `, and then is silent.
    pub(super) async fn begun(&self) -> (Reader, String) {
        let mut reader = self.reply(None).await;
        let id = reader.start().await;
        self.request(1).await.step(1);
        assert_eq!(reader.text().await.as_deref(), Some("Because "));
        (reader, id)
    }

    pub(super) async fn post(&self, body: &Value, key: Option<&str>) -> Reader {
        let url = format!("{}{}", self.usher.api_url(), self.replies());
        let mut request = self.http.request(Method::POST, url).bearer_auth(self.token()).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Reader::new(request.send().await.unwrap())
    }

    /// Resumes a reply.
    pub(super) async fn resume(&self, id: &str, offset: usize) -> Reader {
        let url = format!("{}{}/{id}?offset={offset}", self.usher.api_url(), self.replies());
        Reader::new(self.http.get(url).bearer_auth(self.token()).send().await.unwrap())
    }

    pub(super) async fn stop(&self, id: &str) {
        self.caller.delete(&format!("{}/replies/{id}", self.thread)).await.assert_no_content();
    }

    /// The request number `number` to the model, from 1 on.
    pub(super) async fn request(&self, number: usize) -> Request {
        self.usher.stack().model().request(&self.marker, number).await.unwrap()
    }

    /// The messages of the thread, the oldest first.
    pub(super) async fn messages(&self) -> Vec<Value> {
        let page = self.caller.get(&format!("{}/messages", self.thread)).await.expect_json();
        page["items"].as_array().unwrap().clone()
    }

    pub(super) async fn message(&self, id: &str) -> Value {
        self.messages().await.into_iter().find(|message| message["id"] == id).unwrap()
    }

    /// Waits until a reply is not being written any more, and returns its status and its content.
    pub(super) async fn ended(&self, id: &str) -> (String, String) {
        let ended = async || {
            let message = self.message(id).await;
            let text = |name: &str| message[name].as_str().unwrap().to_owned();
            (message["status"] != "streaming").then(|| (text("status"), text("content")))
        };
        eventually("the end of the reply", ended).await
    }

    fn token(&self) -> String {
        self.usher.session_token(&self.caller.id)
    }
}
