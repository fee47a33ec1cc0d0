//! The messages of clients: the choice of the route, and the response of its function.

use serde_json::{Value, json};

use crate::{
    template::{self, WebSocketRoute},
    websocket_api::{
        connections::{Client, new_id},
        event,
        gateway::Gateway,
        invocation::invoke,
    },
};

/// Invokes the route of a message. The client gets the function's body if the route has a response, and API Gateway's
/// message if the function fails.
pub(crate) async fn handle(gateway: &Gateway, client: &Client, text: &str) {
    let id = &client.connection_id;
    let request_id = new_id();
    let failure = |message: &str| json!({"message": message, "connectionId": id, "requestId": request_id}).to_string();
    let Some(route) = choose(&gateway.template, text) else {
        return gateway.connections.send_waiting(id, failure("Forbidden")).await;
    };
    let event = event::message(client, &gateway.template.stage, &route.key, text, &request_id);
    match invoke(&gateway.lambda, route, &event).await {
        Ok(response) if route.responds && !response.body.is_empty() => {
            gateway.connections.send_waiting(id, response.body).await;
        }
        Ok(_) => {}
        Err(error) => gateway.connections.send_waiting(id, failure(error.message())).await,
    }
}

/// Chooses the route that the message names, or else `$default`.
fn choose<'a>(api: &'a template::WebSocketApi, text: &str) -> Option<&'a WebSocketRoute> {
    let named = || {
        let body: Value = serde_json::from_str(text).ok()?;
        let value = api.selection.iter().try_fold(&body, |value, name| value.get(name))?;
        api.route(value.as_str()?)
    };
    let named = if api.selection.is_empty() { None } else { named() };
    named.filter(|route| !route.key.starts_with('$')).or_else(|| api.route("$default"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_message_goes_to_the_route_that_it_names() {
        let routes = ["$connect", "$default", "join"].map(|key| WebSocketRoute {
            key: key.to_owned(),
            function: key.to_owned(),
            timeout: Duration::from_secs(1),
            responds: false,
        });
        let selection = vec!["action".to_owned()];
        let api = template::WebSocketApi { stage: "live".to_owned(), selection, routes: routes.into() };
        let key = |text: &str| choose(&api, text).unwrap().key.as_str();
        assert_eq!(key(r#"{"action":"join"}"#), "join");
        for text in [r#"{"action":"leave"}"#, r#"{"action":"$connect"}"#, r#"{"action":1}"#, "[]", "hello"] {
            assert_eq!(key(text), "$default", "{text}");
        }
    }
}
