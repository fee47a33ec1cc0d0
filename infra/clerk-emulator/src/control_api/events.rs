//! `/control/events`: what changes, as it happens (server-sent events).

use std::convert::Infallible;

use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::{changes::Change, clerk::Clerk, control_api::state};

pub(super) fn router() -> Router<Clerk> {
    Router::new().route("/control/events", get(follow))
}

/// Sends every change after the head of the response. The first event is the state. The stream ends if the reader is
/// too slow; a browser then opens it again.
async fn follow(State(clerk): State<Clerk>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let follower = Follower { changes: clerk.changes().subscribe(), first: Some(Change::State), clerk };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

struct Follower {
    clerk: Clerk,
    changes: Receiver<Change>,
    first: Option<Change>,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            let change = match self.first.take() {
                Some(change) => change,
                None => self.changes.recv().await.ok()?,
            };
            if let Some((name, data)) = content(&self.clerk, &change) {
                return Event::default().event(name).json_data(data).ok();
            }
        }
    }
}

/// Returns the name and the data of an event. `None` if the journal has forgotten the webhook.
fn content(clerk: &Clerk, change: &Change) -> Option<(&'static str, Value)> {
    let deleted = |object: &str, id: &str| json!({"object": object, "id": id, "deleted": true});
    Some(match change {
        Change::State => ("state", state(clerk)),
        Change::User(id) => {
            let instance = clerk.instance();
            let user = instance.users.get(id).map(|user| instance.user_object(user, clerk.instance_id()));
            ("user", user.unwrap_or_else(|| deleted("user", id)))
        }
        Change::Session(id) => {
            let session = clerk.instance().sessions.get(id).map(|session| session.object());
            ("session", session.unwrap_or_else(|| deleted("session", id)))
        }
        Change::Delivery(id) => ("delivery", clerk.webhooks().journal().get(id)?),
        Change::Event { name, data } => (*name, Value::clone(data)),
    })
}
