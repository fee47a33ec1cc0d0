//! What the tables show: floors, functions, their peers in Node, and variants of functions.

use benchmarks::{FUNCTIONS, FixedAnswers, SECRET_KEY_PARAMETER, Subject, WEBHOOK_SECRET_PARAMETER};

use crate::{
    node_peer::peer_of,
    programs::{EMPTY, GET_ITEM, Programs},
};

/// A line of the tables.
pub(crate) struct Measured {
    pub(crate) label: String,
    pub(crate) subject: Subject,
    /// Whether it shows only what another way to get a key or a secret costs in Init.
    pub(crate) is_variant: bool,
}

/// Returns everything that is measured, in the order of the tables.
pub(crate) fn all(answers: &FixedAnswers, programs: &Programs) -> Vec<Measured> {
    let new = |label: &str, program: &str, function| {
        let subject = Subject::new(program, function, answers);
        Measured { label: label.to_owned(), subject, is_variant: false }
    };
    let variant = |label: &str, function, variables: &[(&str, Option<&str>)]| {
        let subject = Subject::new(function, function, answers).with(variables);
        Measured { label: label.to_owned(), subject, is_variant: true }
    };
    let [read, _, webhook, _] = FUNCTIONS;
    let mut measured = vec![new("an empty function", EMPTY, read), new("one GetItem", GET_ITEM, read)];
    measured.extend(FUNCTIONS.map(|function| new(&format!("`{function}`"), function, function)));
    let peers = FUNCTIONS.into_iter().filter(|function| programs.size(&peer_of(function)).is_some());
    measured.extend(peers.map(|function| new(&format!("`{function}` in Node"), &peer_of(function), function)));
    let key = answers.clerk.secret_key();
    measured.extend([
        variant("`get-current-user`, keys from the JWKS", read, &[("CLERK_JWT_KEY", None)]),
        variant("`get-current-user`, secret key in a variable", read, &[("CLERK_SECRET_KEY", Some(key))]),
        variant(
            "`get-current-user`, secret key in SSM",
            read,
            &[("CLERK_SECRET_KEY_PARAMETER", Some(SECRET_KEY_PARAMETER))],
        ),
        variant(
            "`clerk-webhook`, secret in SSM",
            webhook,
            &[("CLERK_WEBHOOK_SECRET", None), ("CLERK_WEBHOOK_SECRET_PARAMETER", Some(WEBHOOK_SECRET_PARAMETER))],
        ),
    ]);
    measured
}
