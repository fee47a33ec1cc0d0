//! `POST /threads/{thread_id}/exchanges`: adds a user's message and the assistant's answer. Both are stored, or neither.

use serde::Deserialize;
use serde_json::json;
use usher_runtime::{Backend, JsonRequest as _, Request, RequestExt as _, Response};
use usher_store::{Content, MessageParts, Model, NewMessage, Object, Role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateExchange {
    user: Object<ExchangeMessage>,
    assistant: Object<ExchangeMessage>,
}

/// A message without a role: the field name (`user`, `assistant`) decides it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeMessage {
    content: Content,
    parts: Option<MessageParts>,
    model: Option<Model>,
}

impl ExchangeMessage {
    fn with_role(self, role: Role) -> NewMessage {
        NewMessage { role, content: self.content, parts: self.parts, model: self.model }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(create_exchange).await
}

async fn create_exchange(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (body, idempotency) = request.idempotent_json::<CreateExchange>()?;
    let exchange = [body.user.0.with_role(Role::User), body.assistant.0.with_role(Role::Assistant)];
    let [user, assistant] =
        backend.store.create_exchange(&caller.subject, thread, exchange, idempotency.as_ref()).await?;
    Ok(Response::created(&json!({ "user": user, "assistant": assistant })))
}
