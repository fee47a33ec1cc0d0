//! The functions of a template, and what invokes them.

use aws_config::SdkConfig;
use axum::Router;
use bytes::Bytes;
use usher_loopback::{ListenError, Pages, bind, serve};

use crate::{
    http_api::{HttpApi, RouteError},
    lambda::{InvokeError, Lambda, Settings, runtime_api, runtime_api::Registry},
    options::Options,
    schedules,
    streams::{self, FilterError, Mapping, StreamError, StreamStart},
    template::Template,
};

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A route of the template.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A filter of a stream event.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The Runtime API has no port.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// The running functions of one template.
///
/// A function's first process starts with its first invocation. Everything runs on the tokio runtime in which
/// [`Emulator::start`] was called.
#[derive(Debug)]
pub struct Emulator {
    template: Template,
    options: Options,
    lambda: Lambda,
    http_api: HttpApi,
    mappings: Vec<Mapping>,
}

impl Emulator {
    /// Serves the Runtime API on a free port of 127.0.0.1. No event source runs yet.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(template: Template, options: Options) -> Result<Self, StartError> {
        let mappings = Mapping::all(&template.functions)?;
        let listener = bind(0, "").await?;
        let settings = Settings {
            binaries: options.binaries.clone(),
            runtime_api: listener.local_addr().map_err(ListenError::Io)?.to_string(),
            concurrency: options.concurrency,
            environment: options.environment.clone(),
            overrides: options.overrides.clone(),
            logs: options.logs.clone(),
        };
        let registry = Registry::default();
        let lambda = Lambda::new(&template.functions, &settings, &registry);
        let http_api = HttpApi::new(&template, lambda.clone(), options.base64_bodies)?;
        serve(listener, runtime_api::router(registry), &options.hosts, Pages::None);
        Ok(Self { template, options, lambda, http_api, mappings })
    }

    /// The HTTP API with the template's routes. It must be served with the peer's address
    /// ([`axum::extract::ConnectInfo`]).
    pub fn http_api(&self) -> Router {
        self.http_api.router()
    }

    /// Starts the template's stream events on the table at the endpoint of `dynamodb`. A record that is written after this
    /// returns is delivered.
    ///
    /// # Errors
    /// The table or its stream cannot be described.
    pub async fn start_streams(&self, dynamodb: &SdkConfig, from: StreamStart) -> Result<(), StreamError> {
        let (table, logs) = (&self.template.table, &self.options.logs);
        streams::start(self.mappings.clone(), dynamodb, table, from, &self.lambda, logs).await
    }

    /// Starts the template's schedules.
    pub fn start_schedules(&self) {
        let Options { schedules, unscheduled, .. } = &self.options;
        schedules::start(&self.template.functions, *schedules, unscheduled, &self.lambda);
    }

    /// Invokes a function by the name of its binary, with any event, and waits for its result. The invocation runs to its
    /// end even if the returned future is dropped.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Bytes, InvokeError> {
        self.lambda.invoke(function, event.into()).await
    }

    /// The ids of a function's processes, busy and idle.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.lambda.processes(function)
    }

    /// Ends all idle processes; busy ones end with the runtime.
    pub fn shut_down(&self) {
        self.lambda.shut_down();
    }
}
