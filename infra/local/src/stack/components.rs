//! The components of a stack, and the order in which they start.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use clerk_emulator::{Clerk, Console};
use dynoxide::Database;
use lambda_emulator::{Emulator, StreamStart, template::Template};
use model_emulator::Model;
use tokio::sync::oneshot;
use usher_loopback::{Pages, serve};

use crate::{
    console::StackConsole,
    description,
    dynamodb::{self, Storage},
    environment::{add_live_callback_url, declared_values, process_variables, variables_for_other_tools},
    options::Options,
    parameters::Parameters,
    stack::{
        error::StackError,
        listeners::{Listeners, allowed_hosts, url},
        origins::Origins,
    },
};

/// The name of the Clerk emulator's file inside a data directory.
const CLERK_FILE: &str = "clerk.json";

/// The components of a running stack.
pub(crate) struct Components {
    pub(super) api_url: String,
    pub(super) serves_api: bool,
    /// `None` if the template has no WebSocket API, or another program serves the API.
    pub(super) live_url: Option<String>,
    pub(super) clerk_url: String,
    pub(super) dynamodb_url: String,
    pub(super) table_name: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) clerk: Clerk,
    pub(super) clerk_scripts: Option<PathBuf>,
    pub(super) parameters: Parameters,
    pub(super) model: Model,
    pub(super) model_url: String,
    pub(super) lambda: Arc<Emulator>,
    pub(super) origins: Origins,
    /// `None` if nothing is embedded.
    pub(super) database: Option<Database>,
    /// Dropping it ends the server of the embedded database.
    _stop_database: oneshot::Sender<()>,
}

impl Components {
    pub(super) async fn start(options: Options) -> Result<Self, StackError> {
        let mut template = Template::load(&options.template)?;
        for function in &mut template.functions {
            function.timeout = options.timeouts.get(&function.name).copied().unwrap_or(function.timeout);
        }
        // All listeners come first, because each component needs the URLs of others before it runs.
        let listeners = Listeners::bind(&options).await?;
        let (clerk_url, ssm_url) = (url(&listeners.clerk)?, url(&listeners.ssm)?);
        let model_url = format!("{}/v1", url(&listeners.model)?);
        let api_url = listeners.api_url().to_owned();

        let database = dynamodb::start(&options.storage, &template.table).await?;
        let hosts = allowed_hosts(&options);
        let dynamodb_url = match listeners.dynamodb {
            None => database.endpoint.clone(),
            Some(listener) => {
                let url = url(&listener)?;
                let relay = dynamodb::relay::router(&database.endpoint).map_err(std::io::Error::other)?;
                serve("dynamodb", listener, relay, &hosts, Pages::None);
                url
            }
        };
        let serves_api = listeners.api.is_some();
        let clerk = Clerk::new(clerk_options(&options, &clerk_url, listeners.webhook_url))?;

        let mut overrides = declared_values(&clerk, &clerk_url, &model_url, &options);
        let origins = Origins::new(&template, &options.environment, &overrides);
        add_live_callback_url(&mut overrides, &template, &api_url);
        let live_url = template.websocket_api.as_ref().filter(|_| serves_api).and_then(|api| {
            let address = api_url.strip_prefix("http://")?;
            Some(format!("ws://{address}/{}", api.stage))
        });
        let variables = variables_for_other_tools(&template, &overrides, &clerk, &dynamodb_url);
        let parameters = Parameters::default();
        for (name, value) in &options.parameters {
            parameters.put(name, value);
        }
        let process_variables = process_variables(&options, &database.endpoint, &ssm_url);
        let table_name = template.table.name.clone();
        let functions = lambda_emulator::Options {
            binaries: options.binaries,
            environment: process_variables,
            overrides,
            logs: options.logs,
            concurrency: options.concurrency,
            base64_bodies: options.base64_bodies,
            endless_stream_retries: options.endless_stream_retries,
            schedules: options.schedules,
            unscheduled: options.unscheduled,
            websocket_idle_timeout: options.live_idle_timeout,
            websocket_max_duration: options.live_max_duration,
            hosts: hosts.clone(),
            ..lambda_emulator::Options::default()
        };
        let lambda = Arc::new(Emulator::start(template, functions).await?);
        if let Some(api) = listeners.api {
            lambda.serve_http_api(api, description::router());
        }
        let stack_console =
            StackConsole::new(dynamodb::client(&database.endpoint).await, &table_name, Arc::clone(&lambda));
        stack_console.follow(&clerk);
        let console = Console { app_url: options.app_url, stack_routes: Some(stack_console.router()) };
        let clerk_routes = clerk.guarded_router(Some(console), &hosts);
        serve(clerk_emulator::SERVICE, listeners.clerk, clerk_routes, &hosts, Pages::AsCorsAllows);
        let model = Model::new(options.model_pace);
        serve(model_emulator::SERVICE, listeners.model, model.router(), &hosts, Pages::None);
        serve("ssm", listeners.ssm, parameters.router(), &hosts, Pages::None);
        // An existing table is read from now on. Reading a day of old records would be slow, and the schedules finish
        // what an earlier run left unfinished.
        let from = if database.created { StreamStart::Oldest } else { StreamStart::Next };
        lambda.start_streams(&dynamodb::sdk_config(&database.endpoint).await, from).await?;
        lambda.start_schedules();
        if let (Some(database), Some(every)) = (database.database.clone(), options.remove_expired_every) {
            tokio::spawn(dynamodb::keep_removing_expired_rows(database, every));
        }
        Ok(Self {
            api_url,
            serves_api,
            live_url,
            clerk_url,
            dynamodb_url,
            table_name,
            variables,
            clerk,
            clerk_scripts: options.clerk_scripts,
            parameters,
            model,
            model_url,
            lambda,
            origins,
            database: database.database,
            _stop_database: database.stop,
        })
    }
}

/// The options of the Clerk emulator.
fn clerk_options(options: &Options, url: &str, webhook_url: String) -> clerk_emulator::Options {
    // The emulator takes the secrets that the functions were given, so that they accept its webhooks and it their
    // requests.
    let given = |name: &str| options.environment.get(name).cloned().flatten();
    let defaults = clerk_emulator::Options::default();
    clerk_emulator::Options {
        issuer: url.to_owned(),
        webhook_url,
        webhook_secret: given("CLERK_WEBHOOK_SECRET"),
        secret_key: given("CLERK_SECRET_KEY"),
        data: match &options.storage {
            Storage::Directory(directory) => Some(directory.join(CLERK_FILE)),
            Storage::Memory | Storage::External(_) => None,
        },
        scripts: options.clerk_scripts.clone(),
        retry_delays: options.webhook_retry_delays.clone().unwrap_or(defaults.retry_delays),
    }
}
