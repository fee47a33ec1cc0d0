//! The environment variables of the functions.

use std::collections::BTreeMap;

use clerk_emulator::Clerk;
use lambda_emulator::template::Template;

use crate::options::Options;

/// Values for the functions that declare the variable: of the emulator, at `url`, and of the options, which come before
/// them. Not the emulator's instance id: events that a caller signs with its own secret may name any.
pub(crate) fn overrides(clerk: &Clerk, url: &str, options: &Options) -> BTreeMap<String, Option<String>> {
    let is_given = |name: &str| matches!(options.environment.get(name), Some(Some(_)));
    let another_instance = is_given("CLERK_ISSUER") || is_given("CLERK_PUBLISHABLE_KEY");
    let backend_api = [("CLERK_API_URL", url), ("CLERK_SECRET_KEY", clerk.secret_key())];
    let instance = [("CLERK_ISSUER", clerk.issuer()), ("CLERK_WEBHOOK_SECRET", clerk.webhook_secret())];
    // Users of another instance: the emulator's Backend API does not know them.
    let backend_api = backend_api.into_iter().filter(|_| !another_instance);
    let emulator = backend_api.chain(instance).map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    emulator.chain(options.environment.clone()).collect()
}

/// All variables the functions declare, for who runs them elsewhere on this machine. Other than the processes here they
/// verify tokens with the emulator's public key itself, so that its issuer need not be reached: it is but a name there.
pub(crate) fn declared(
    template: &Template,
    overrides: &BTreeMap<String, Option<String>>,
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
    if overrides.get("CLERK_ISSUER").is_some_and(|issuer| issuer.as_deref() == Some(clerk.issuer())) {
        set("CLERK_JWT_KEY", &clerk.public_key_pem());
    }
    for (name, value) in overrides {
        set(name, value.as_deref().unwrap_or_default());
    }
    variables
}

/// What every process gets, whatever the template declares. Nothing else of this machine reaches it, as on Lambda.
pub(crate) fn of_process(options: &Options, dynamodb: &str, ssm: &str) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", crate::ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", crate::SECRET_ACCESS_KEY),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_SSM", ssm),
        ("AWS_LAMBDA_LOG_FORMAT", &options.log_format),
        ("AWS_LAMBDA_LOG_LEVEL", &options.log_level),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
