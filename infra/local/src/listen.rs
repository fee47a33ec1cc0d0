//! `cargo dev listen`: prints what the live updates of a user say, as another tab of the user hears it.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    time::Duration,
};

use clap::Args;
use futures_util::TryStreamExt as _;
use lambda_emulator::error_causes;
use tokio::time::timeout;
use usher_client::{Client, Error as ClientError, LiveError, LiveEvent, TokenSource, contract::live::ChangeKey};

/// The time within which a change must come that `--until` waits for.
const LIMIT: Duration = Duration::from_secs(30);

/// Prints `ready` when it is connected, and then a line for each change: `changed` and what to read again.
///
/// It uses the Rust client. It ends when the API closes the connection, at the latest when the client needs another
/// token, after about 8 minutes.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// A session token of the user. It must be valid now: a token is valid for a minute.
    token: String,
    /// The URL of the API.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// End after a change of this key, for example `settings`. Gives up after 30 seconds.
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    until: Option<ChangeKey>,
}

/// The reason that `cargo dev listen` has failed.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The URL cannot be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The connection cannot be opened, or has ended.
    #[error("{}", error_causes(.0))]
    Live(#[from] LiveError),
    /// Standard output is closed.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The expected change did not come.
    #[error("no change of {0} within 30 seconds")]
    TimedOut(ChangeKey),
}

/// Parses a key. The contract reads an unknown key as `all`, which is no single change.
fn parse_key(text: &str) -> Result<ChangeKey, String> {
    let key = Some(ChangeKey::from(text.to_owned())).filter(|key| *key != ChangeKey::All);
    key.ok_or_else(|| "must be user, settings, threads, threads/<id> or threads/<id>/messages".to_owned())
}

impl Listen {
    /// Prints until the end.
    ///
    /// # Errors
    /// See [`ListenError`].
    pub async fn run(self) -> Result<(), ListenError> {
        let client = Client::new(&self.url, TokenSource::fixed(self.token))?;
        match self.until {
            None => print_changes(&client, None).await,
            Some(key) => {
                let printed = timeout(LIMIT, print_changes(&client, Some(&key))).await;
                printed.unwrap_or_else(|_| Err(ListenError::TimedOut(key)))
            }
        }
    }
}

async fn print_changes(client: &Client, until: Option<&ChangeKey>) -> Result<(), ListenError> {
    let mut updates = client.live();
    while let Some(event) = updates.try_next().await? {
        let keys = match event {
            LiveEvent::Changed(keys) => keys,
            // The client would connect again. Here the reason says more, for example that nothing listens at the port.
            LiveEvent::Disconnected(error) => return Err(error.into()),
            _ => continue,
        };
        print_line(&keys)?;
        if until.is_some_and(|until| keys.contains(until)) {
            break;
        }
    }
    Ok(())
}

fn print_line(keys: &BTreeSet<ChangeKey>) -> io::Result<()> {
    // The first change after a connect.
    let line = if keys.contains(&ChangeKey::All) {
        "ready".to_owned()
    } else {
        keys.iter().fold("changed".to_owned(), |line, key| format!("{line} {key}"))
    };
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}
