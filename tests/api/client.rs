//! The Rust client against the running stack.

mod answer_cutter;
mod errors;
mod example;
mod export;
mod first_request;
mod live;
mod lost_answers;
mod methods;
mod pages;
mod scripted_server;
mod tokens;

use harness::Usher;
use usher_client::{Client, TokenSource};

use crate::caller::Caller;

/// A client of the stack for a user.
fn client_of(usher: &Usher, user: &str) -> Client {
    Client::new(usher.api_url(), TokenSource::fixed(usher.session_token(user))).unwrap()
}

/// A new user whose webhook has arrived, and the user's client.
async fn new_client(usher: &Usher) -> (Caller<'_>, Client) {
    let caller = Caller::new(usher).await;
    let client = client_of(usher, &caller.id);
    (caller, client)
}
