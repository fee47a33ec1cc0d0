//! `clerk-emulator`: a Clerk instance on this machine, for the tests of any app. It prints the settings that the app
//! needs, and runs until Ctrl-C.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use clerk_emulator::{Clerk, ClerkError, Console, Options};
use tracing_subscriber::EnvFilter;
use usher_loopback::{Hosts, Pages, bind, serve};

/// A Clerk instance on this machine, for tests: the Backend API for users and sessions, the Frontend API for web pages,
/// keys, tokens and signed webhooks.
///
/// It prints the settings of the app as NAME=VALUE and runs until Ctrl-C. Without --data all data is in memory.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 3001)]
    port: u16,
    /// The URL that receives the webhooks.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000/webhooks/clerk")]
    webhook_url: String,
    /// The signing secret of webhooks, `whsec_…`. If there is none, one is generated and printed.
    #[arg(long, value_name = "SECRET", env = "CLERK_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// The secret key of the Backend API, `sk_test_…`. If there is none, one is generated and printed.
    #[arg(long, value_name = "KEY", env = "CLERK_SECRET_KEY", hide_env_values = true)]
    secret_key: Option<String>,
    /// Keep the users, the sessions, the key and the generated secrets in this file.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Serve Clerk's scripts for the browser from this node_modules, which has @clerk/clerk-js and @clerk/ui.
    #[arg(long, value_name = "DIR")]
    clerk_scripts: Option<PathBuf>,
    /// Also serve the control routes, by which a test makes Clerk fail, and the console, a page that shows and drives
    /// the emulator.
    #[arg(long)]
    control: bool,
    /// The URL of the app in which the console signs users in.
    #[arg(long, value_name = "URL", requires = "control")]
    app_url: Option<String>,
    /// Also accept requests whose Host is this name. May be given more than once.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
}

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("clerk_emulator=info,usher_loopback=info"));
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
    let clerk = Clerk::new(Options {
        issuer: url.clone(),
        webhook_url: arguments.webhook_url,
        webhook_secret: arguments.webhook_secret.clone(),
        secret_key: arguments.secret_key.clone(),
        data: arguments.data,
        scripts: arguments.clerk_scripts,
        ..Options::default()
    });
    let clerk = clerk.map_err(|error| match error {
        ClerkError::WebhookUrl => format!("--webhook-url: {error}"),
        ClerkError::DataInUse { .. } | ClerkError::Data { .. } => format!("--data: {error}"),
        ClerkError::WebhookSecret(_) => format!("--webhook-secret or CLERK_WEBHOOK_SECRET: {error}"),
        _ => error.to_string(),
    })?;
    let hosts = Hosts::new(arguments.allow_host);
    let console = arguments.control.then(|| Console { app_url: arguments.app_url, ..Console::default() });
    let router = clerk.guarded_router(console, &hosts);
    serve(clerk_emulator::SERVICE, listener, router, &hosts, Pages::AsCorsAllows);

    let mut output = io::stdout().lock();
    writeln!(output, "CLERK_ISSUER={url}\nCLERK_API_URL={url}\nCLERK_INSTANCE_ID={}", clerk.instance_id())?;
    writeln!(output, "CLERK_PUBLISHABLE_KEY={}", clerk.publishable_key())?;
    // A key or a secret that the caller gave is not printed. A blank one was replaced by a generated one.
    let is_given = |given: Option<String>, used: &str| given.is_some_and(|given| given.contains(used));
    if !is_given(arguments.secret_key, clerk.secret_key()) {
        writeln!(output, "CLERK_SECRET_KEY={}", clerk.secret_key())?;
    }
    if !is_given(arguments.webhook_secret, clerk.webhook_secret()) {
        writeln!(output, "CLERK_WEBHOOK_SECRET={}", clerk.webhook_secret())?;
    }
    output.flush()?;
    drop(output);
    Ok(tokio::signal::ctrl_c().await?)
}
