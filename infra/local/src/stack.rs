//! Everything together, on loopback.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use axum::Router;
use bytes::Bytes;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    background::Background,
    clerk::{self, Clerk, ClerkError},
    dynamodb::{self, EngineError, Storage},
    gateway::{Gateway, RouteError},
    lambda::{InvokeError, Lambda, Settings},
    options::Options,
    parameters::Parameters,
    runtime_api::{self, Registry},
    schedule,
    streams::{self, FilterError, Mapping},
    template::{Template, TemplateError},
};

/// Path of the webhook's route in the template.
const WEBHOOK_PATH: &str = "/webhooks/clerk";

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Its routes.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A filter of a stream event.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Another process listens there.
    #[error("port {port} is in use; {flag} takes another (0 takes a free one)")]
    PortInUse {
        /// The port.
        port: u16,
        /// The flag of `cargo dev` that changes it.
        flag: &'static str,
    },
    /// DynamoDB or its table.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The stand-in for Clerk.
    #[error("the stand-in for Clerk: {0}")]
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

    /// `http://127.0.0.1:<port>` of the API, without a trailing slash.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.parts.api_url
    }

    /// URL of the stand-in for Clerk, which is also the issuer of its tokens. No trailing slash.
    #[must_use]
    pub fn clerk_url(&self) -> &str {
        &self.parts.clerk_url
    }

    /// Endpoint of DynamoDB. No trailing slash.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        &self.parts.dynamodb_url
    }

    /// Name of the table.
    #[must_use]
    pub fn table_name(&self) -> &str {
        &self.parts.table_name
    }

    /// The stand-in for Clerk.
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
        let (lambda, function, event) = (self.parts.lambda.clone(), function.to_owned(), event.into());
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
    clerk_url: String,
    dynamodb_url: String,
    table_name: String,
    clerk: Clerk,
    parameters: Parameters,
    lambda: Lambda,
    /// Ends the embedded database when dropped.
    _database: oneshot::Sender<()>,
}

impl Parts {
    async fn start(options: Options) -> Result<Self, StartError> {
        let mut template = Template::load(&options.template)?;
        for function in &mut template.functions {
            function.timeout = options.timeouts.get(&function.name).copied().unwrap_or(function.timeout);
        }
        let mappings = Mapping::all(&template.functions)?;
        // All listeners first: the parts are told each other's URLs before any of them runs.
        let api = bind(options.api_port, "--port").await?;
        let clerk_listener = bind(options.clerk_port, "--clerk-port").await?;
        let dynamodb_listener = match options.storage {
            Storage::External(_) => None,
            Storage::Memory | Storage::Directory(_) => Some(bind(options.dynamodb_port, "--dynamodb-port").await?),
        };
        let runtime_api = bind(0, "").await?;
        let ssm = bind(0, "").await?;
        let ssm_url = format!("http://{}", ssm.local_addr()?);
        let api_url = format!("http://{}", api.local_addr()?);
        let clerk_url = format!("http://{}", clerk_listener.local_addr()?);

        let database = dynamodb::start(&options.storage, dynamodb_listener, &template.table).await?;
        let mut clerk_options = clerk::Options {
            issuer: clerk_url.clone(),
            webhook_url: format!("{api_url}{WEBHOOK_PATH}"),
            // Deliveries of the stand-in are believed whatever secrets the functions are given.
            webhook_secret: options.environment.get("CLERK_WEBHOOK_SECRET").cloned().flatten(),
            secret_key: options.environment.get("CLERK_SECRET_KEY").cloned().flatten(),
            ..clerk::Options::default()
        };
        clerk_options.retry_delays = options.webhook_retry_delays.clone().unwrap_or(clerk_options.retry_delays);
        let clerk = Clerk::new(clerk_options)?;

        let mut overrides = standin_environment(&clerk, &clerk_url);
        if ["CLERK_ISSUER", "CLERK_PUBLISHABLE_KEY"]
            .iter()
            .any(|name| matches!(options.environment.get(*name), Some(Some(_))))
        {
            // Users of another instance: the stand-in's Backend API does not know them.
            overrides.retain(|name, _| !["CLERK_API_URL", "CLERK_SECRET_KEY"].contains(&name.as_str()));
        }
        overrides.extend(options.environment.clone());
        let parameters = Parameters::default();
        for (name, value) in &options.parameters {
            parameters.put(name, value);
        }
        let settings = Settings {
            binaries: options.binaries.clone(),
            runtime_api: runtime_api.local_addr()?.to_string(),
            concurrency: options.concurrency,
            environment: process_environment(&options, &database.endpoint, &ssm_url),
            overrides,
            logs: options.logs.clone(),
        };
        let registry = Registry::default();
        let lambda = Lambda::new(&template.functions, &settings, &registry);
        let gateway = Gateway::new(&template, lambda.clone(), options.base64_bodies)?;
        serve(runtime_api, runtime_api::router(registry));
        serve(api, gateway.router());
        serve(clerk_listener, clerk.router());
        serve(ssm, parameters.router());
        streams::start(mappings, &database.endpoint, &template.table, database.created, &lambda, &options.logs).await?;
        schedule::start(&template.functions, options.schedules, &lambda);
        Ok(Self {
            api_url,
            clerk_url,
            dynamodb_url: database.endpoint,
            table_name: template.table.name,
            clerk,
            parameters,
            lambda,
            _database: database.stop,
        })
    }
}

/// Values of the stand-in, for the functions that declare them. Not its instance id: events that a caller signs with its
/// own secret may name any.
fn standin_environment(clerk: &Clerk, url: &str) -> BTreeMap<String, Option<String>> {
    let values = [
        ("CLERK_API_URL", url),
        ("CLERK_ISSUER", clerk.issuer()),
        ("CLERK_SECRET_KEY", clerk.secret_key()),
        ("CLERK_WEBHOOK_SECRET", clerk.webhook_secret()),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect()
}

/// What every process gets, whatever the template declares. Nothing else of this machine reaches it, as on Lambda.
fn process_environment(options: &Options, dynamodb: &str, ssm: &str) -> BTreeMap<String, String> {
    let fixed = [
        ("AWS_ACCESS_KEY_ID", crate::ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", crate::SECRET_ACCESS_KEY),
        ("AWS_REGION", crate::REGION),
        ("AWS_DEFAULT_REGION", crate::REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_SSM", ssm),
        ("AWS_LAMBDA_LOG_FORMAT", &options.log_format),
        ("AWS_LAMBDA_LOG_LEVEL", &options.log_level),
        ("TZ", ":UTC"),
    ];
    // SYSTEMROOT: without it no Windows process opens a socket.
    let inherited = ["PATH", "RUST_BACKTRACE", "SYSTEMROOT"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
    fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(inherited).collect()
}

async fn bind(port: u16, flag: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse { port, flag },
        _ => StartError::Io(error),
    })
}

fn serve(listener: TcpListener, router: Router) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    // It ends with the runtime.
    tokio::spawn(async move { axum::serve(listener, service).await });
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
#[path = "stack/tests.rs"]
mod tests;
