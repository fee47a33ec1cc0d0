//! The listeners of a stack.

use std::io;

use tokio::net::TcpListener;
use usher_loopback::{HOST_OF_CONTAINERS, Hosts, bind, forward};

use crate::{dynamodb::Storage, options::Options, stack::error::StackError};

/// Path of the webhook's route in the template.
pub(crate) const WEBHOOK_PATH: &str = "/webhooks/clerk";

/// Listeners on 127.0.0.1 for everything that a stack serves.
pub(super) struct Listeners {
    /// `None` if another program serves the API.
    pub(super) api: Option<TcpListener>,
    /// The URL for webhooks, at the API or at the other program.
    pub(super) webhook_url: String,
    pub(super) clerk: TcpListener,
    /// `None` if DynamoDB is external.
    pub(super) dynamodb: Option<TcpListener>,
    /// Systems Manager's Parameter Store.
    pub(super) ssm: TcpListener,
    /// The model emulator.
    pub(super) model: TcpListener,
}

impl Listeners {
    /// Listens on all ports, and forwards from [`Options::listen`] to Clerk, DynamoDB and the model.
    pub(super) async fn bind(options: &Options) -> Result<Self, StackError> {
        let (api, webhook_url) = match &options.webhook_url {
            Some(given) => (None, given.clone()),
            None => {
                let listener = bind(options.api_port, "--port").await?;
                let webhook_url = format!("{}{WEBHOOK_PATH}", url(&listener)?);
                (Some(listener), webhook_url)
            }
        };
        let clerk = bind(options.clerk_port, "--clerk-port").await?;
        let dynamodb = match options.storage {
            Storage::External(_) => None,
            Storage::Memory | Storage::Directory(_) => Some(bind(options.dynamodb_port, "--dynamodb-port").await?),
        };
        let (ssm, model) = (bind(0, "").await?, bind(0, "").await?);
        if let Some(address) = options.listen {
            for listener in [&clerk, &model].into_iter().chain(&dynamodb) {
                forward(address, listener.local_addr()?).await?;
            }
        }
        Ok(Self { api, webhook_url, clerk, dynamodb, ssm, model })
    }

    /// The URL of the API, without a trailing slash.
    pub(super) fn api_url(&self) -> &str {
        self.webhook_url.strip_suffix(WEBHOOK_PATH).unwrap_or(&self.webhook_url)
    }
}

/// Returns the URL of a listener, without a trailing slash.
pub(super) fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Returns the hosts for which requests are accepted. A container has its own name for this machine.
pub(super) fn allowed_hosts(options: &Options) -> Hosts {
    let of_containers = options.webhook_url.is_some().then(|| HOST_OF_CONTAINERS.to_owned());
    let listen = options.listen.map(|address| address.to_string());
    Hosts::new(options.allowed_hosts.iter().cloned().chain(listen).chain(of_containers))
}
