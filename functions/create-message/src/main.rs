//! `POST /threads/{thread_id}/messages`: adds a message to a thread.

use usher_runtime::{Backend, Fields, FromFields, InvalidField, JsonRequest as _, Request, RequestExt as _, Response};
use usher_store::NewMessage;

struct CreateMessage(NewMessage);

impl FromFields for CreateMessage {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let role = fields.or_default("role");
        let content = fields.required("content");
        let parts = fields.or_default("parts");
        let model = fields.or_default("model");
        Ok(Self(NewMessage { role: role?, content: content?, parts: parts?, model: model? }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(create_message).await
}

async fn create_message(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (CreateMessage(message), idempotency) = request.idempotent_json()?;
    let message = backend.store.create_message(&caller.subject, thread, message, idempotency.as_ref()).await?;
    Ok(Response::created(&message))
}
