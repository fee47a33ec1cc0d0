//! `POST /threads/{thread_id}/exchanges`: adds a user's message and the assistant's answer. Both are stored, or neither.

use serde_json::json;
use usher_runtime::{Backend, Fields, FromFields, InvalidField, JsonRequest as _, Request, RequestExt as _, Response};
use usher_store::{Content, MessageParts, Model, NewMessage, Role};

struct CreateExchange {
    user: ExchangeMessage,
    assistant: ExchangeMessage,
}

/// A message without a role: the field name (`user`, `assistant`) decides it.
struct ExchangeMessage {
    content: Content,
    parts: Option<MessageParts>,
    model: Option<Model>,
}

impl FromFields for CreateExchange {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let user = fields.object("user");
        let assistant = fields.object("assistant");
        Ok(Self { user: user?, assistant: assistant? })
    }
}

impl FromFields for ExchangeMessage {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let content = fields.required("content");
        let parts = fields.or_default("parts");
        let model = fields.or_default("model");
        Ok(Self { content: content?, parts: parts?, model: model? })
    }
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
    let exchange = [body.user.with_role(Role::User), body.assistant.with_role(Role::Assistant)];
    let [user, assistant] =
        backend.store.create_exchange(&caller.subject, thread, exchange, idempotency.as_ref()).await?;
    Ok(Response::created(&json!({ "user": user, "assistant": assistant })))
}
