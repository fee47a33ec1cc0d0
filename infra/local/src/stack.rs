//! Everything together, on loopback.

use std::{collections::BTreeMap, fmt, sync::Arc};

use bytes::Bytes;
use clerk_emulator::{Clerk, ClerkError};
use lambda_emulator::{
    Emulator, InvokeError, StreamError, StreamStart,
    template::{Template, TemplateError},
};
use tokio::sync::oneshot;
use usher_loopback::{HOST_OF_CONTAINERS, Hosts, ListenError, Pages, bind, forward, serve};

use crate::{
    background::Background,
    dynamodb::{self, EngineError, Storage},
    environment,
    options::Options,
    parameters::Parameters,
};

/// Path of the webhook's route in the template.
pub(crate) const WEBHOOK_PATH: &str = "/webhooks/clerk";

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Its routes or filters, or the Runtime API.
    #[error(transparent)]
    Lambda(#[from] lambda_emulator::StartError),
    /// The table's stream.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A port or an address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// DynamoDB or its table.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The Clerk emulator.
    #[error("the Clerk emulator: {0}")]
    Clerk(#[from] ClerkError),
    /// No thread, or no listener for another reason than a busy port.
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
    /// A part of the stack ended while it started.
    #[error("a part of the stack ended while it started")]
    Ended,
}

/// A running stack. It has threads of its own: it can be shared by callers with different tokio runtimes, in a `static` for
/// instance. Dropping it ends its listeners and the functions' processes, and waits for that.
pub struct Stack {
    parts: Parts,
    background: Background,
}

impl Stack {
    /// Starts a stack and blocks until it serves. May be called inside a tokio runtime, whose thread it then blocks for some
    /// tenths of a second.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(options: Options) -> Result<Self, StartError> {
        let background = Background::new("usher-local")?;
        let parts = background.run(Parts::start(options)).ok_or(StartError::Ended)??;
        Ok(Self { parts, background })
    }

    /// [`Stack::start`] for callers that must not block.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start_async(options: Options) -> Result<Self, StartError> {
        let background = Background::new("usher-local")?;
        let parts = background.handle().spawn(Parts::start(options)).await.map_err(|_| StartError::Ended)??;
        Ok(Self { parts, background })
    }

    /// `http://127.0.0.1:<port>` of the API, without a trailing slash; with [`Options::webhook_url`], of the program that
    /// serves it.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.parts.api_url
    }

    /// Whether the API is served here, and not by another program.
    #[must_use]
    pub fn serves_api(&self) -> bool {
        self.parts.serves_api
    }

    /// URL of the Clerk emulator, which is also the issuer of its tokens. No trailing slash.
    #[must_use]
    pub fn clerk_url(&self) -> &str {
        &self.parts.clerk_url
    }

    /// Endpoint of DynamoDB, for programs of this machine and no web page. No trailing slash.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        &self.parts.dynamodb_url
    }

    /// Name of the table.
    #[must_use]
    pub fn table_name(&self) -> &str {
        &self.parts.table_name
    }

    /// Every variable that a function declares in the template, with its value for another program that runs the functions
    /// on this machine. A blank one is unset to them.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.parts.variables
    }

    /// The Clerk emulator.
    #[must_use]
    pub fn clerk(&self) -> &Clerk {
        &self.parts.clerk
    }

    /// Systems Manager's Parameter Store, as the functions see it.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parts.parameters
    }

    /// The ids of a function's processes, busy and idle.
    #[must_use]
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.parts.lambda.processes(function)
    }

    /// Invokes a function by its binary's name with any event, and waits for its result. It runs to its end even when the
    /// returned future is dropped.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Bytes, InvokeError> {
        let (lambda, function, event) = (Arc::clone(&self.parts.lambda), function.to_owned(), event.into());
        let invocation = self.background.handle().spawn(async move { lambda.invoke(&function, event).await });
        invocation.await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// Ends the stack; the same as dropping it.
    pub fn shut_down(self) {
        drop(self);
    }
}

/// The URLs; nothing secret.
impl fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Stack")
            .field("api_url", &self.parts.api_url)
            .field("clerk_url", &self.parts.clerk_url)
            .field("dynamodb_url", &self.parts.dynamodb_url)
            .finish_non_exhaustive()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.parts.lambda.shut_down();
    }
}

struct Parts {
    api_url: String,
    serves_api: bool,
    clerk_url: String,
    dynamodb_url: String,
    table_name: String,
    variables: BTreeMap<String, String>,
    clerk: Clerk,
    parameters: Parameters,
    lambda: Arc<Emulator>,
    /// Ends the embedded database when dropped.
    _database: oneshot::Sender<()>,
}

impl Parts {
    async fn start(options: Options) -> Result<Self, StartError> {
        let mut template = Template::load(&options.template)?;
        for function in &mut template.functions {
            function.timeout = options.timeouts.get(&function.name).copied().unwrap_or(function.timeout);
        }
        // All listeners first: the parts are told each other's URLs before any of them runs.
        let (api, webhook_url) = match &options.webhook_url {
            Some(elsewhere) => (None, elsewhere.clone()),
            None => {
                let listener = bind(options.api_port, "--port").await?;
                let url = format!("http://{}{WEBHOOK_PATH}", listener.local_addr()?);
                (Some(listener), url)
            }
        };
        let clerk_listener = bind(options.clerk_port, "--clerk-port").await?;
        let dynamodb_listener = match options.storage {
            Storage::External(_) => None,
            Storage::Memory | Storage::Directory(_) => Some(bind(options.dynamodb_port, "--dynamodb-port").await?),
        };
        let ssm = bind(0, "").await?;
        let ssm_url = format!("http://{}", ssm.local_addr()?);
        let clerk_url = format!("http://{}", clerk_listener.local_addr()?);
        let api_url = webhook_url.strip_suffix(WEBHOOK_PATH).unwrap_or(&webhook_url).to_owned();
        if let Some(at) = options.listen {
            for listener in std::iter::once(&clerk_listener).chain(&dynamodb_listener) {
                forward(at, listener.local_addr()?).await?;
            }
        }

        let database = dynamodb::start(&options.storage, &template.table).await?;
        let hosts = hosts(&options);
        let dynamodb_url = match dynamodb_listener {
            None => database.endpoint.clone(),
            Some(listener) => {
                let url = format!("http://{}", listener.local_addr()?);
                let relay = dynamodb::relay::router(&database.endpoint).map_err(std::io::Error::other)?;
                serve(listener, relay, &hosts, Pages::None);
                url
            }
        };
        let mut clerk_options = clerk_emulator::Options {
            issuer: clerk_url.clone(),
            webhook_url,
            // Deliveries of the emulator are believed whatever secrets the functions are given.
            webhook_secret: options.environment.get("CLERK_WEBHOOK_SECRET").cloned().flatten(),
            secret_key: options.environment.get("CLERK_SECRET_KEY").cloned().flatten(),
            ..clerk_emulator::Options::default()
        };
        clerk_options.retry_delays = options.webhook_retry_delays.clone().unwrap_or(clerk_options.retry_delays);
        let clerk = Clerk::new(clerk_options)?;

        let overrides = environment::overrides(&clerk, &clerk_url, &options);
        let variables = environment::declared(&template, &overrides, &clerk, &dynamodb_url);
        let parameters = Parameters::default();
        for (name, value) in &options.parameters {
            parameters.put(name, value);
        }
        let table_name = template.table.name.clone();
        let functions = lambda_emulator::Options {
            binaries: options.binaries.clone(),
            environment: environment::of_process(&options, &database.endpoint, &ssm_url),
            overrides,
            logs: options.logs.clone(),
            concurrency: options.concurrency,
            base64_bodies: options.base64_bodies,
            schedules: options.schedules,
            unscheduled: options.unscheduled.clone(),
            hosts: hosts.clone(),
        };
        let lambda = Emulator::start(template, functions).await?;
        if let Some(api) = api {
            lambda.serve_http_api(api);
        }
        serve(clerk_listener, clerk.router(), &hosts, Pages::None);
        serve(ssm, parameters.router(), &hosts, Pages::None);
        // A table that was there is read from now on: the schedules find what an earlier run left undone, and repeating a day
        // of records would only be slow.
        let from = if database.created { StreamStart::Oldest } else { StreamStart::Next };
        lambda.start_streams(&dynamodb::sdk_config(&database.endpoint).await, from).await?;
        lambda.start_schedules();
        Ok(Self {
            api_url,
            serves_api: options.webhook_url.is_none(),
            clerk_url,
            dynamodb_url,
            table_name,
            variables,
            clerk,
            parameters,
            lambda: Arc::new(lambda),
            _database: database.stop,
        })
    }
}

/// The names under which the ports may be called. A container calls the machine by a name of its own.
fn hosts(options: &Options) -> Hosts {
    let of_containers = options.webhook_url.is_some().then(|| HOST_OF_CONTAINERS.to_owned());
    let listen = options.listen.map(|address| address.to_string());
    Hosts::new(options.allowed_hosts.iter().cloned().chain(listen).chain(of_containers))
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
#[path = "stack/tests.rs"]
mod tests;
