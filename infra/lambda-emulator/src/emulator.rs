//! The running functions of a template, and their event sources.

use std::{path::PathBuf, sync::Arc};

use aws_config::SdkConfig;
use axum::Router;
use bytes::Bytes;
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::{net::TcpListener, sync::broadcast};
use usher_loopback::{ListenError, Pages, bind, serve};

use crate::{
    access_log,
    http_api::HttpApi,
    lambda::{Lambda, invoke_error::InvokeError, program::Program, runtime_api::RuntimeApi},
    open_socket::OpenSocket,
    options::Options,
    rest_api::RestApi,
    routing::route::{RouteError, Routes},
    schedules,
    streams::{self, StreamError, StreamStart, filter::FilterError, mapping::Mapping, observer::StreamObserver},
    template::Template,
    websocket_api::{WebSocketApi, connections::WebSocketEvent},
};

/// An error of the start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A route of the template.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A filter of a stream event.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A function has no binary.
    #[error("{place}: {function}: there is no program {}; CodeUri must end with the name of a package", .binary.display())]
    NoBinary {
        /// The place of the function's `CodeUri`, `<file>:<line>`.
        place: String,
        /// Logical id.
        function: String,
        /// The path at which the binary must be.
        binary: PathBuf,
    },
    /// The Runtime API cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// The functions of one template. Each event source is started separately.
///
/// A function's first process starts with [`Emulator::warm_up`] or with its first invocation. Everything runs on the
/// tokio runtime in which it was started, and ends with that runtime.
#[derive(Debug)]
pub struct Emulator {
    template: Template,
    options: Options,
    lambda: Lambda,
    http_api: HttpApi,
    rest_api: Option<RestApi>,
    websocket_api: Option<WebSocketApi>,
    mappings: Vec<Mapping>,
    stream_observer: StreamObserver,
}

impl Emulator {
    /// Checks the template's routes and filters. [`Emulator::start`] does this too, but only when there are binaries.
    ///
    /// # Errors
    /// [`StartError::Route`] or [`StartError::Filter`].
    pub fn check(template: &Template) -> Result<(), StartError> {
        Routes::new(&template.functions)?;
        Routes::of_rest_api(&template.functions)?;
        Mapping::all(&template.functions)?;
        Ok(())
    }

    /// Checks the template's routes and filters and the functions' binaries, and serves the Runtime API on a free port
    /// of 127.0.0.1.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(template: Template, options: Options) -> Result<Self, StartError> {
        let mut mappings = Mapping::all(&template.functions)?;
        if options.endless_stream_retries {
            mappings.iter_mut().for_each(Mapping::retry_endlessly);
        }
        for function in &template.functions {
            let binary = Program::new(function, &options).binary;
            if !binary.is_file() {
                let (place, function) = (function.place.clone(), function.logical_id.clone());
                return Err(StartError::NoBinary { place, function, binary });
            }
        }
        let listener = bind(0, "").await?;
        let runtime_api = RuntimeApi::new(listener.local_addr().map_err(ListenError::Io)?);
        let lambda = Lambda::new(&template.functions, &options, &runtime_api);
        let http_api = HttpApi::new(&template, lambda.clone(), &options)?;
        let rest_api = RestApi::new(&template, &lambda, &options)?;
        let websocket_api = template.websocket_api.clone().map(|api| WebSocketApi::new(api, lambda.clone(), &options));
        serve("lambda", listener, runtime_api.router(), &options.hosts, Pages::None);
        Ok(Self {
            template,
            options,
            lambda,
            http_api,
            rest_api,
            websocket_api,
            mappings,
            stream_observer: StreamObserver::default(),
        })
    }

    /// Starts a process of every function, except those in [`Options::unscheduled`], and waits until they
    /// can take an event. Their first invocations then find them ready.
    ///
    /// # Errors
    /// See [`InvokeError`]. It has the cause if the function wrote it, for example a variable with a wrong value.
    pub async fn warm_up(&self) -> Result<(), InvokeError> {
        let is_used = |name: &&str| !self.options.unscheduled.contains(*name);
        let names: Vec<&str> = self.template.functions.iter().map(|function| &*function.name).filter(is_used).collect();
        // A mistake in a variable that all functions read is then reported by one of them only.
        let Some((first, others)) = names.split_first() else { return Ok(()) };
        self.lambda.warm_up(first).await?;
        try_join_all(others.iter().map(|name| self.lambda.warm_up(name))).await.map(drop)
    }

    /// Serves the HTTP API on `listener`. Web pages may call it as the template's CORS rules allow. A request that a
    /// route of `beside` matches does not reach the HTTP API.
    ///
    /// If the template has a REST API, it is served there too, at `/<stage>`. It streams the responses of its functions.
    ///
    /// If the template has a WebSocket API, it is served there too: handshakes at `/<stage>`, and the management API at
    /// `/<stage>/@connections`, which web pages may not call.
    pub fn serve_http_api(&self, listener: TcpListener, beside: Router) {
        let websocket_api = self.websocket_api.as_ref().map(WebSocketApi::router);
        let rest_api = self.rest_api.as_ref().map(RestApi::router).unwrap_or_default();
        let router = beside.merge(rest_api).merge(websocket_api.unwrap_or_default());
        let router = router.fallback_service(self.http_api.router());
        serve(access_log::NAME, listener, router, &self.options.hosts, Pages::AsCorsAllows);
    }

    /// Starts the stream events of the template. `dynamodb` has the endpoint, the region and the credentials; the table
    /// there has the logical id of the template's table as its name. Every record that is written after this returns is
    /// delivered.
    ///
    /// # Errors
    /// The table or its stream cannot be described.
    pub async fn start_streams(&self, dynamodb: &SdkConfig, from: StreamStart) -> Result<(), StreamError> {
        let table = &self.template.table.name;
        streams::start(
            self.mappings.clone(),
            dynamodb,
            table,
            from,
            &self.lambda,
            &self.options.logs,
            &self.stream_observer,
        )
        .await
    }

    /// Starts the schedules of the template, as [`Options::schedules`] and [`Options::unscheduled`] say.
    pub fn start_schedules(&self) {
        let Options { schedules, unscheduled, .. } = &self.options;
        schedules::start(&self.template.functions, *schedules, unscheduled, &self.lambda);
    }

    /// Invokes a function by the name of its binary, and waits for its result. If the returned future is dropped, the
    /// invocation still runs to its end.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Bytes, InvokeError> {
        self.lambda.invoke(function, event.into()).await
    }

    /// The ids of a function's processes, busy and idle. Empty if there is no function of this name.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.lambda.processes(function)
    }

    /// The ids of the WebSocket connections that are open.
    pub fn connections(&self) -> Vec<String> {
        self.websocket_api.as_ref().map(|api| api.connections().ids()).unwrap_or_default()
    }

    /// The WebSocket connections that are open, in the order of their ids.
    pub fn list_connections(&self) -> Vec<OpenSocket> {
        let Some(api) = &self.websocket_api else { return Vec::new() };
        let ids = api.connections().ids();
        let open = ids.into_iter().filter_map(|id| api.connections().describe(&id));
        open.map(|(client, last_active_at)| OpenSocket {
            connection_id: client.connection_id.clone(),
            connected_at: client.connected_at,
            last_active_at,
            source_ip: client.source_ip,
            user_agent: client.user_agent.clone(),
        })
        .collect()
    }

    /// Follows the WebSocket connections: every event after this returns can be received. `None` if the template has no
    /// WebSocket API.
    pub fn follow_connections(&self) -> Option<broadcast::Receiver<WebSocketEvent>> {
        self.websocket_api.as_ref().map(|api| api.connections().subscribe())
    }

    /// Follows the stream of the table: every record that is read after this returns can be received, in the format of
    /// Lambda's events. Nothing is read if no function of the template has a stream event.
    pub fn follow_stream(&self) -> broadcast::Receiver<Arc<Value>> {
        self.stream_observer.subscribe()
    }

    /// Closes a WebSocket connection as the management API does. Returns whether it was open.
    pub fn close_connection(&self, connection_id: &str) -> bool {
        self.websocket_api.as_ref().is_some_and(|api| api.connections().close(connection_id))
    }

    /// Cuts a WebSocket connection: its socket ends without a close frame, as if the network had failed. Returns
    /// whether it was open.
    pub fn cut_connection(&self, connection_id: &str) -> bool {
        self.websocket_api.as_ref().is_some_and(|api| api.connections().cut(connection_id))
    }

    /// Decides whether `$disconnect` is left out for WebSocket connections that end from now on. API Gateway does not
    /// promise to invoke it.
    pub fn lose_disconnects(&self, lost: bool) {
        if let Some(api) = &self.websocket_api {
            api.connections().lose_disconnects(lost);
        }
    }

    /// Ends all idle processes, and refuses further invocations. Busy processes end with the tokio runtime.
    pub fn shut_down(&self) {
        self.lambda.shut_down();
    }
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
mod tests;
