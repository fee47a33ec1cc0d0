//! `POST /webhooks/clerk`: keeps the users in step with Clerk.
//!
//! Svix repeats what is answered with anything but 2xx for a day and a half. So 2xx means "done or of no interest", 503
//! "again, please", and 4xx is for what no repeat can mend.

use serde_json::json;
use usher_clerk::{Change, Event};
use usher_runtime::{MAX_WEBHOOK_BYTES, Problem, Request, RequestExt as _, Response, WebhookBackend, metrics};
use usher_store::{Source, SyncOutcome};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve(WebhookBackend::init(), clerk_webhook).await
}

async fn clerk_webhook(backend: &WebhookBackend, request: &Request) -> usher_runtime::Result {
    let body = request.bytes(MAX_WEBHOOK_BYTES)?;
    backend.verify(request, body).await?;
    let event = str::from_utf8(body).map_err(|_| unreadable("the body is not UTF-8"))?;
    let event = Event::parse(event).map_err(unreadable)?;
    backend.check_instance(&event)?;

    let svix_id = request.header("svix-id").unwrap_or_default();
    let outcome = match &event.change {
        Change::Upsert(user) => {
            let source = Source::Webhook { event_at: event.timestamp, svix_id };
            let outcome = backend.store.sync_user(user, source).await.map_err(refused)?;
            if let SyncOutcome::Stale(reason) = outcome {
                tracing::info!(%reason, svix_id, "stale");
            }
            outcome.as_str()
        }
        Change::Delete { id } => {
            backend.store.delete_user(id).await?;
            "deleted"
        }
        Change::None => "ignored",
    };
    tracing::info!(event = event.kind, outcome, svix_id, "webhook");
    metrics::webhook(outcome, event.age());
    Ok(Response::ok(&json!({ "outcome": outcome })))
}

/// Answers an event that is signed but cannot be understood.
fn unreadable(reason: impl ToString) -> Problem {
    count_unreadable(&reason);
    Problem::unprocessable("unreadable-event", reason.to_string())
}

/// A user too large to keep stays out of date here, so the event counts as unreadable although it was understood.
fn refused(error: usher_store::Error) -> Problem {
    if matches!(error, usher_store::Error::UserTooLarge) {
        count_unreadable(&error);
    }
    error.into()
}

/// An alarm watches this count. The answer is a 4xx, not a 200: Svix then keeps the message as failed, where it is seen
/// and can be replayed. Svix disables an endpoint only if every delivery fails for five days.
fn count_unreadable(reason: &impl ToString) {
    tracing::error!(reason = reason.to_string(), "unreadable webhook");
    metrics::unreadable_event();
}
