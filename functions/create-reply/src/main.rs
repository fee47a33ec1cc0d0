//! `POST /stream/threads/{thread_id}/replies`: adds a user's message, and streams the model's reply to it.

use usher_contract::{CreateMessage, CreateReply, Model, Role};
use usher_replies::{Event, ReplyId};
use usher_runtime::{JsonRequest as _, Problem, ReplyBackend, Request, RequestExt as _, StreamedResponse, metrics};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_stream(ReplyBackend::init(), &[], create_reply).await
}

async fn create_reply(state: &ReplyBackend, request: &Request) -> usher_runtime::Result<StreamedResponse> {
    let backend = &state.backend;
    let user = backend.authenticate(request).await?.subject;
    let thread = request.thread_id()?;
    let (body, idempotency) = request.idempotent_json::<CreateReply>()?;
    let model = state.model(body.model.as_ref()).await?;
    let name = Model::try_from(model.name.clone()).map_err(|_| Problem::internal())?;
    let message = CreateMessage { role: Role::User, content: body.content, parts: body.parts, model: None };
    let begun = backend.store.begin_reply(&user, thread, &message, &name, idempotency.as_ref()).await?;
    let reply = ReplyId { user, thread, id: begun.id };
    let events = usher_replies::begin(&backend.store, model, reply, begun);
    let response = StreamedResponse::of_reply(events, |event| {
        if let Event::End(status) = event {
            metrics::reply(status.as_str());
        }
    });
    // The reply is written to its end even if nobody reads it.
    Ok(response.even_without_client())
}
