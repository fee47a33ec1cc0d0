//! `POST /webhooks/clerk`: stores the changes to Clerk's users, and the ends of their sessions.
//!
//! Svix repeats a delivery for 27 hours and a half if the response is not a 2xx (Svix's docs, "Retry Schedule"). So a
//! 2xx means that the event was processed or needs no processing, a 503 asks for a repetition, and a 4xx means that no
//! repetition can succeed.

use usher_clerk::{Change, Event};
use usher_contract::{ClerkSessionId, ClerkUserId, WebhookOutcome, limits::MAX_WEBHOOK_BYTES};
use usher_runtime::{Problem, Request, RequestExt as _, Response, WebhookBackend, metrics};
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
            let outcome = backend.store.sync_user(user, source).await.map_err(not_stored)?;
            if let SyncOutcome::Stale(reason) = outcome {
                tracing::info!(%reason, svix_id, "stale webhook");
            }
            outcome.into()
        }
        Change::Delete { id } => {
            backend.store.delete_user(id).await?;
            WebhookOutcome::Deleted
        }
        Change::SessionEnded { user, session } => end_session(backend, user, session).await?,
        Change::None => WebhookOutcome::Ignored,
    };
    tracing::info!(event = event.kind, outcome = outcome.as_str(), svix_id, "webhook processed");
    metrics::webhook(outcome.as_str(), event.age());
    Ok(Response::ok(&outcome))
}

/// Ends a session. A deleted user has no live connection and can open none, so there is nothing to end.
async fn end_session(
    backend: &WebhookBackend,
    user: &ClerkUserId,
    session: &ClerkSessionId,
) -> Result<WebhookOutcome, usher_store::Error> {
    match backend.store.end_session(user, session).await {
        Ok(()) => Ok(WebhookOutcome::Ended),
        Err(usher_store::Error::UserDeleted) => Ok(WebhookOutcome::Ignored),
        Err(error) => Err(error),
    }
}

/// Rejects an event that is signed but cannot be parsed. The response is a 4xx, not a 200, so that Svix marks the
/// message as failed after its last attempt. An operator sees the message in the dashboard and can replay it. Svix
/// disables an endpoint only if every delivery fails for five days (Svix's docs, "Retry Schedule").
fn unreadable(reason: impl ToString) -> Problem {
    Problem::unreadable_event(reason.to_string())
}

/// Converts an error of the store. An event whose user is too large to store counts as unreadable, because the stored
/// user stays out of date.
fn not_stored(error: usher_store::Error) -> Problem {
    let reason = error.to_string();
    match error {
        usher_store::Error::UserTooLarge => Problem::from(error).as_unreadable_event(reason),
        error => error.into(),
    }
}
