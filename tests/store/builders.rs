//! Values that a test gives to the store.

use serde_json::Value;
use usher_store::{IdempotencyKey, IdempotentRequest, MergePatch, NewMessage, PageLimit, Title};

pub(crate) fn title(text: &str) -> Title {
    Title::try_from(text.to_owned()).unwrap()
}

pub(crate) fn message(content: &str) -> NewMessage {
    serde_json::from_value(serde_json::json!({ "content": content })).unwrap()
}

pub(crate) fn patch(value: Value) -> MergePatch {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn request(key: &str, body: &str) -> IdempotentRequest {
    IdempotentRequest::new(IdempotencyKey::parse(key).unwrap(), "POST /", body.as_bytes())
}

pub(crate) fn limit(limit: usize) -> PageLimit {
    PageLimit::parse(&limit.to_string()).unwrap()
}
