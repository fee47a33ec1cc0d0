//! `GET /stream/threads/{thread_id}/replies/{message_id}`: streams a reply from a character on, also while another request
//! writes it.

use usher_replies::ReplyId;
use usher_runtime::{Backend, Request, RequestExt as _, StreamedResponse};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_stream(Backend::init(), &["offset"], resume_reply).await
}

async fn resume_reply(backend: &Backend, request: &Request) -> usher_runtime::Result<StreamedResponse> {
    let user = backend.authenticate(request).await?.subject;
    let reply = ReplyId { user, thread: request.thread_id()?, id: request.message_id()? };
    let events = usher_replies::follow(&backend.store, reply, request.offset()?).await?;
    Ok(StreamedResponse::of_reply(events, |_| {}))
}
