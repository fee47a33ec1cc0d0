//! `clerk-emulator`: a Clerk instance on loopback, for the tests of any app. It prints what an app needs to know of it, and
//! runs until Ctrl-C.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Parser;
use clerk_emulator::{Clerk, Options};
use tracing_subscriber::EnvFilter;
use usher_loopback::{Hosts, Pages, bind, serve};

/// A Clerk instance on this machine: the Backend API for users and sessions, keys, tokens and signed webhooks.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 3001)]
    port: u16,
    /// Where webhooks go.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000/webhooks/clerk")]
    webhook_url: String,
    /// The signing secret of webhooks, `whsec_…`; without it one is made.
    #[arg(long, env = "CLERK_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// The key of the Backend API, `sk_test_…`; without it one is made.
    #[arg(long, env = "CLERK_SECRET_KEY", hide_env_values = true)]
    secret_key: Option<String>,
    /// Answer requests that name this host too. May be given more than once.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("clerk_emulator=info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    log.with_ansi(io::stderr().is_terminal()).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let end = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(Arguments::parse())));
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let listener = bind(arguments.port, "--port").await?;
    let url = format!("http://{}", listener.local_addr()?);
    // A key or secret that the caller gave is not printed.
    let (has_key, has_secret) = (arguments.secret_key.is_some(), arguments.webhook_secret.is_some());
    let clerk = Clerk::new(Options {
        issuer: url.clone(),
        webhook_url: arguments.webhook_url,
        webhook_secret: arguments.webhook_secret,
        secret_key: arguments.secret_key,
        ..Options::default()
    })?;
    serve(listener, clerk.router(), &Hosts::new(arguments.allow_host), Pages::None);

    let mut output = io::stdout().lock();
    writeln!(output, "CLERK_ISSUER={url}\nCLERK_API_URL={url}\nCLERK_INSTANCE_ID={}", clerk.instance_id())?;
    if !has_key {
        writeln!(output, "CLERK_SECRET_KEY={}", clerk.secret_key())?;
    }
    if !has_secret {
        writeln!(output, "CLERK_WEBHOOK_SECRET={}", clerk.webhook_secret())?;
    }
    output.flush()?;
    drop(output);
    Ok(tokio::signal::ctrl_c().await?)
}
