//! `cargo dev`: builds the functions, starts the stack, prints its URLs and a tour, and runs until Ctrl-C.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser as _;
use local::{
    BuildError, Emulator, Stack, StackError, TextWriter,
    cli::{Arguments, Command, LogFormat},
    template::Template,
    tools, tour, web_page,
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure(&error),
    };
    if let Some(Command::Listen(listen)) = arguments.command.take() {
        return runtime.block_on(listen.run()).map_or_else(|error| failure(&error), |()| ExitCode::SUCCESS);
    }
    let options = arguments.options(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    // Checked before the build, because the build takes long.
    if let Err(error) = check_template(&options.template) {
        return failure(&error);
    }
    match arguments.build(&options.template) {
        Ok(()) => {}
        // Cargo has printed the cause.
        Err(BuildError::Failed(code)) => return ExitCode::from(code),
        Err(error @ BuildError::Run(_)) => return failure(&error),
    }
    // The Clerk emulator logs, for example, webhooks that failed. dynoxide is left out, because it warns about every
    // failed condition, which is a normal result here.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("local=info,clerk_emulator=info,usher_loopback=info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).json().flatten_event(true);
    match arguments.log_format {
        LogFormat::Text => log.with_writer(TextWriter::default).init(),
        LogFormat::Json => log.with_writer(io::stderr).init(),
    }
    match runtime.block_on(run(options, arguments.env_files())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&error),
    }
}

fn check_template(path: &Path) -> Result<(), StackError> {
    Ok(Emulator::check(&Template::load(path)?)?)
}

async fn run(options: local::Options, env_files: Option<PathBuf>) -> Result<(), StackError> {
    // Signals are handled before the start, so that a signal during the start ends the components that already run.
    let signal = end_signal()?;
    tokio::pin!(signal);
    let (environment, beside_loopback) = (options.environment.clone(), options.listen.is_some());
    let stack = tokio::select! {
        stack = Stack::start_async(options) => stack?,
        () = &mut signal => return Ok(()),
    };
    tokio::select! {
        warm = stack.warm_up() => warm?,
        () = &mut signal => return Ok(()),
    }
    let files = env_files.map(|directory| tools::EnvFiles::write(&stack, &directory)).transpose()?;
    let mut output = io::stdout().lock();
    writeln!(output, "{}", tour::ready_line(&stack))?;
    let lines = tour::description_line(&stack).into_iter().chain(tour::live_line(&stack));
    for line in lines.chain([tour::console_line(&stack)]).chain(tour::model_line(&stack, &environment)) {
        writeln!(output, "{line}")?;
    }
    output.write_all(web_page::variables(&stack).unwrap_or_default().as_bytes())?;
    if let Some(files) = &files {
        output.write_all(tools::start_commands(&stack, files, beside_loopback).as_bytes())?;
    }
    output.write_all(tour::tour(&stack, &environment).as_bytes())?;
    output.flush()?;
    drop(output);
    signal.await;
    drop(files);
    stack.shut_down();
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM. The handlers are in place when this returns.
#[cfg(unix)]
fn end_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {},
            _ = terminate.recv() => {},
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn end_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Prints an error.
fn failure(error: &dyn std::error::Error) -> ExitCode {
    drop(writeln!(io::stderr(), "error: {error}"));
    ExitCode::FAILURE
}
