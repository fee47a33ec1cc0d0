//! A program that is measured, with the variables and the request that it gets.

use std::collections::BTreeMap;

use clerk_emulator::Clerk;
use harness::{new_message_id, now_ms, now_seconds, signed, user_object};
use lambda_emulator::template::Template;
use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::fixed_answers::{FixedAnswers, THREAD, USER};

/// The functions of Usher that are measured.
pub const FUNCTIONS: [&str; 4] = ["get-current-user", "create-message", "clerk-webhook", "create-reply"];

/// A program that is measured.
pub struct Subject {
    /// The name of the program.
    pub program: String,
    /// The function whose route, variables and request the program gets.
    function: &'static str,
    /// The template with one function, the program.
    pub(crate) template: Template,
    /// Values of variables, as far as the template declares them for the function.
    pub(crate) variables: BTreeMap<String, Option<String>>,
}

impl Subject {
    /// A program that takes the place of a function of the template.
    pub fn new(program: &str, function: &'static str, answers: &FixedAnswers) -> Self {
        let mut template = Template::load(&local::find_template()).unwrap();
        template.functions.retain(|candidate| candidate.name == function);
        template.functions[0].name = program.to_owned();
        template.websocket_api = None;
        let subject = Self { program: program.to_owned(), function, template, variables: BTreeMap::new() };
        let clerk = &answers.clerk;
        subject.with_services_at(&answers.url).with(&[
            ("CLERK_ISSUER", Some(clerk.issuer())),
            ("CLERK_JWT_KEY", Some(&clerk.public_key_pem())),
            ("CLERK_WEBHOOK_SECRET", Some(clerk.webhook_secret())),
            ("MODEL_NAME", Some("model")),
            ("MODEL_TITLES", Some("false")),
        ])
    }

    /// Sets variables. `None` leaves a variable blank.
    #[must_use]
    pub fn with(mut self, variables: &[(&str, Option<&str>)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        self.variables.extend(variables);
        self
    }

    /// Sets the URL of DynamoDB and of the model.
    #[must_use]
    pub fn with_services_at(self, url: &str) -> Self {
        self.with(&[("DYNAMODB_ENDPOINT_URL", Some(url)), ("MODEL_URL", Some(&format!("{url}/v1")))])
    }

    /// The request that the program gets. `api` is the URL of the API.
    pub(crate) fn request(&self, client: &Client, api: &str, clerk: &Clerk) -> RequestBuilder {
        let content = || json!({ "content": "Hello, how are you today?" });
        match self.function {
            "get-current-user" => client.get(format!("{api}/users/me")).bearer_auth(token(clerk)),
            "create-message" => {
                client.post(format!("{api}/threads/{THREAD}/messages")).bearer_auth(token(clerk)).json(&content())
            }
            "create-reply" => {
                client.post(format!("{api}/stream/threads/{THREAD}/replies")).bearer_auth(token(clerk)).json(&content())
            }
            "clerk-webhook" => {
                let (user, now) = (user_object(USER, now_ms()), now_ms());
                let event = format!(r#"{{"data":{user},"object":"event","timestamp":{now},"type":"user.updated"}}"#);
                let headers = signed(clerk.webhook_secret(), &new_message_id(), now_seconds() as i64, event.as_bytes());
                let request = client.post(format!("{api}/webhooks/clerk")).header("content-type", "application/json");
                headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)).body(event)
            }
            other => panic!("there is no request for {other}"),
        }
    }
}

fn token(clerk: &Clerk) -> String {
    clerk.mint_token(clerk.session_header(), clerk.session_claims(USER, "sess_1")).unwrap()
}
