//! The answers of the Frontend API: a response, and the client beside it.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    frontend::{
        caller::{CLIENT_COOKIE, Caller},
        client::BrowserClient,
        objects,
    },
    http::api_error::ApiError,
    instance::Instance,
    tokens,
    webhooks::FirstAttempt,
};

/// How long a browser keeps its cookies: a year.
pub(super) const COOKIE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// A body, and the cookie of the client if the browser does not have it yet.
pub(super) struct Answer {
    body: Value,
    cookie: Option<String>,
}

impl Answer {
    /// Returns `response` with the client of the caller beside it, as the answer to a change.
    pub(super) fn of_change(
        clerk: &Clerk,
        instance: &Instance,
        caller: &Caller,
        client_id: &str,
        response: Value,
    ) -> Result<Self, ApiError> {
        let Some(client) = instance.clients.get(client_id) else { return Ok(Self::without_client(response)) };
        let object = objects::client_object(clerk, instance, client, caller.origin.as_deref())?;
        Ok(Self { body: json!({"response": response, "client": object}), cookie: cookie_for(clerk, caller, client)? })
    }

    /// Returns `response` alone, as the answer to a request that changes nothing.
    pub(super) fn without_client(response: Value) -> Self {
        Self { body: json!({"response": response, "client": null}), cookie: None }
    }

    /// Returns the client itself.
    pub(super) fn of_client(
        clerk: &Clerk,
        instance: &Instance,
        caller: &Caller,
        client_id: &str,
    ) -> Result<Self, ApiError> {
        let Some(client) = instance.clients.get(client_id) else { return Ok(Self::without_client(Value::Null)) };
        let object = objects::client_object(clerk, instance, client, caller.origin.as_deref())?;
        Ok(Self { body: json!({"response": object, "client": null}), cookie: cookie_for(clerk, caller, client)? })
    }

    /// Also takes the client's cookie away from the browser.
    pub(super) fn forgetting_client(self) -> Self {
        Self { cookie: Some(format!("{CLIENT_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")), ..self }
    }
}

/// An answer that waits for the webhooks of its change, as those of the Backend API do.
pub(super) struct PendingAnswer {
    answer: Answer,
    webhooks: Vec<FirstAttempt>,
}

impl PendingAnswer {
    pub(super) fn new(answer: Answer) -> Self {
        Self { answer, webhooks: Vec::new() }
    }

    /// Also waits for this webhook.
    pub(super) fn after(mut self, webhook: FirstAttempt) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Returns the answer when the first attempts of all webhooks have ended.
    pub(super) async fn wait(self) -> Answer {
        for webhook in self.webhooks {
            webhook.wait().await;
        }
        self.answer
    }
}

/// Returns the cookie by which the browser is known from now on, if it does not have it already.
fn cookie_for(clerk: &Clerk, caller: &Caller, client: &BrowserClient) -> Result<Option<String>, ApiError> {
    if caller.has_cookie_of(client) {
        return Ok(None);
    }
    let claims = json!({"id": client.id, "rotating_token": client.rotating_token()});
    let token = clerk.sign(tokens::plain_header(&clerk.key_id()), claims)?;
    // There is no Secure, because the emulator is served over plain HTTP.
    Ok(Some(format!("{CLIENT_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}")))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let cookie = self.cookie.map(|cookie| [(header::SET_COOKIE, cookie)]);
        (cookie, [(header::CACHE_CONTROL, "no-store")], Json(self.body)).into_response()
    }
}
