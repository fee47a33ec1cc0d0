//! The variables of the functions that concern Clerk.

use std::collections::BTreeMap;

/// The variables that decide which tokens and webhooks the functions accept. If the environment has one of them, users
/// of the emulator may not be able to sign in.
pub(crate) const DECISIVE: [&str; 7] = [
    "CLERK_AUDIENCE",
    "CLERK_AUTHORIZED_PARTIES",
    "CLERK_INSTANCE_ID",
    "CLERK_ISSUER",
    "CLERK_JWT_KEY",
    "CLERK_PUBLISHABLE_KEY",
    "CLERK_WEBHOOK_SECRET",
];

/// The variables for which the emulator has a value.
const OF_EMULATOR: [&str; 4] = ["CLERK_API_URL", "CLERK_ISSUER", "CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"];

/// Selects the functions' variables from the environment of `cargo dev`. A blank variable counts as unset.
///
/// With another Clerk instance, a value of the emulator would be wrong. So the emulator's variables that are not in the
/// environment are `None`, which makes them blank.
pub(crate) fn given_variables(environment: &BTreeMap<String, String>) -> BTreeMap<String, Option<String>> {
    let is_of_functions =
        |name: &str| name.starts_with("CLERK_") || name.starts_with("MODEL_") || name == "PURGE_SETTLE_SECONDS";
    let given = environment.iter().filter(|(name, value)| is_of_functions(name) && !value.trim().is_empty());
    let given: BTreeMap<_, _> = given.map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    if !is_another_instance(&given) {
        return given;
    }
    let blank = OF_EMULATOR.into_iter().map(|name| (name.to_owned(), None));
    blank.chain(given).collect()
}

/// Returns whether the functions work with a Clerk instance other than the emulator.
pub(crate) fn is_another_instance(variables: &BTreeMap<String, Option<String>>) -> bool {
    ["CLERK_ISSUER", "CLERK_PUBLISHABLE_KEY"].into_iter().any(|name| matches!(variables.get(name), Some(Some(_))))
}
