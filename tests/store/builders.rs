//! Values that a test gives to the store.

use serde_json::{Map, Value};
use usher_contract::{Content, CreateMessage, IdempotencyKey, Model, PageLimit, Role, SearchKind, Title};
use usher_store::{IdempotentRequest, MergePatch, Search};

pub(crate) fn title(text: &str) -> Title {
    Title::try_from(text.to_owned()).unwrap()
}

pub(crate) fn message(content: &str) -> CreateMessage {
    let content = Content::try_from(content.to_owned()).unwrap();
    CreateMessage { role: Role::User, content, parts: None, model: None }
}

pub(crate) fn model(name: &str) -> Model {
    Model::try_from(name.to_owned()).unwrap()
}

pub(crate) fn patch(value: Value) -> MergePatch {
    MergePatch::from(value.as_object().unwrap().clone())
}

pub(crate) fn request(key: &str, body: &str) -> IdempotentRequest {
    let body = Map::from_iter([("body".to_owned(), body.into())]);
    IdempotentRequest::new(IdempotencyKey::parse(key).unwrap(), "POST /", &body).unwrap()
}

pub(crate) fn limit(limit: usize) -> PageLimit {
    PageLimit::parse(&limit.to_string()).unwrap()
}

pub(crate) fn search(q: &str, kind: Option<SearchKind>) -> Search {
    Search::new(q.to_owned().try_into().unwrap(), kind).unwrap()
}
