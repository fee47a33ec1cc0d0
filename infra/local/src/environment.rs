//! The environment variables of the functions.

use std::collections::BTreeMap;

use clerk_emulator::Clerk;
use lambda_emulator::template::Template;

use crate::{
    clerk_variables::is_another_instance,
    credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY},
    options::Options,
};

/// Returns the values for variables that functions declare in the template: those of the Clerk emulator at `url` and of
/// the model emulator, replaced by those of the options.
///
/// The emulator's instance id is not among them, so a test may sign events with any instance id.
pub(crate) fn declared_values(
    clerk: &Clerk,
    url: &str,
    model_url: &str,
    options: &Options,
) -> BTreeMap<String, Option<String>> {
    let backend_api = [("CLERK_API_URL", url), ("CLERK_SECRET_KEY", clerk.secret_key())];
    let instance = [("CLERK_ISSUER", clerk.issuer()), ("CLERK_WEBHOOK_SECRET", clerk.webhook_secret())];
    // The emulator's Backend API does not know the users of another instance.
    let backend_api = backend_api.into_iter().filter(|_| !is_another_instance(&options.environment));
    // Another model has another URL, name and key.
    let model = [("MODEL_URL", model_url), ("MODEL_NAME", MODEL_NAME)];
    let model = model.into_iter().filter(|_| !options.environment.contains_key("MODEL_URL"));
    let emulator =
        backend_api.chain(instance).chain(model).map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    emulator.chain(options.environment.clone()).collect()
}

/// The names of the emulator's models. It accepts any name.
const MODEL_NAME: &str = "emulator,other-emulator";

/// The variable with the URL of the WebSocket API's management API, `<URL>/@connections`.
const LIVE_CALLBACK_URL: &str = "LIVE_CALLBACK_URL";

/// Adds the URL of the management API to `values`, if the template has a WebSocket API and the options have no URL.
/// `api_url` is the URL at which that API is served.
pub(crate) fn add_live_callback_url(values: &mut BTreeMap<String, Option<String>>, template: &Template, api_url: &str) {
    if let Some(api) = &template.websocket_api {
        let url = format!("{api_url}/{}", api.stage);
        values.entry(LIVE_CALLBACK_URL.to_owned()).or_insert(Some(url));
    }
}

/// Returns all variables that the functions declare, for tools that run them outside this process (`sam local`,
/// `cargo lambda watch`). `values` is the result of [`declared_values`].
///
/// These functions get the emulator's public key directly (`CLERK_JWT_KEY`), so a container need not reach the issuer's
/// URL.
pub(crate) fn variables_for_other_tools(
    template: &Template,
    values: &BTreeMap<String, Option<String>>,
    clerk: &Clerk,
    dynamodb: &str,
) -> BTreeMap<String, String> {
    let declared = template.functions.iter().flat_map(|function| function.environment.clone());
    let mut variables: BTreeMap<String, String> = declared.collect();
    let mut set = |name: &str, value: &str| {
        if let Some(declared) = variables.get_mut(name) {
            value.clone_into(declared);
        }
    };
    set("DYNAMODB_ENDPOINT_URL", dynamodb);
    if values.get("CLERK_ISSUER").is_some_and(|issuer| issuer.as_deref() == Some(clerk.issuer())) {
        set("CLERK_JWT_KEY", &clerk.public_key_pem());
    }
    for (name, value) in values {
        set(name, value.as_deref().unwrap_or_default());
    }
    variables
}

/// Returns the variables that every process gets, whatever the template declares.
pub(crate) fn process_variables(options: &Options, dynamodb: &str, ssm: &str) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_SSM", ssm),
        ("AWS_LAMBDA_LOG_FORMAT", &options.log_format),
        ("AWS_LAMBDA_LOG_LEVEL", &options.log_level),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
