//! Values that a test gives to the store.

use serde_json::{Map, Value};
use usher_store::{Content, IdempotencyKey, IdempotentRequest, MergePatch, NewMessage, PageLimit, Role, Title};

pub(crate) fn title(text: &str) -> Title {
    Title::try_from(text.to_owned()).unwrap()
}

pub(crate) fn message(content: &str) -> NewMessage {
    let content = Content::try_from(content.to_owned()).unwrap();
    NewMessage { role: Role::User, content, parts: None, model: None }
}

pub(crate) fn patch(value: Value) -> MergePatch {
    MergePatch::from(value.as_object().unwrap().clone())
}

pub(crate) fn request(key: &str, body: &str) -> IdempotentRequest {
    let body = Map::from_iter([("body".to_owned(), body.into())]);
    IdempotentRequest::new(IdempotencyKey::parse(key).unwrap(), "POST /", &body)
}

pub(crate) fn limit(limit: usize) -> PageLimit {
    PageLimit::parse(&limit.to_string()).unwrap()
}
