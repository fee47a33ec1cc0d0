//! A running stack: both emulators, DynamoDB and the Parameter Store, on loopback.

pub(crate) mod components;
pub(crate) mod error;
pub(crate) mod listeners;
mod origins;

use std::{collections::BTreeMap, fmt, fs::File, path::Path, sync::Arc};

use bytes::Bytes;
use clerk_emulator::Clerk;
use lambda_emulator::InvokeError;
use model_emulator::Model;

use crate::{
    background::Background,
    directory_lock::lock,
    dynamodb::{EngineError, Storage, remove_expired_rows},
    options::Options,
    parameters::Parameters,
    stack::{components::Components, error::StackError},
};

/// A running stack. It has its own threads, so callers with different tokio runtimes can share it, for example in a
/// `static`. Dropping it ends its listeners and the functions' processes, and waits for their end.
pub struct Stack {
    components: Components,
    background: Background,
    /// The lock of the data directory. It is the last field, so that it is released when nothing uses the directory any
    /// more.
    _data_lock: Option<File>,
}

impl Stack {
    /// Starts a stack and blocks until it serves, for some tenths of a second. May be called inside a tokio runtime,
    /// whose thread it then blocks.
    ///
    /// # Errors
    /// See [`StackError`].
    pub fn start(options: Options) -> Result<Self, StackError> {
        let _data_lock = lock_data(&options.storage)?;
        let background = Background::new("usher-local")?;
        let components = background.run(Components::start(options)).ok_or(StackError::Ended)??;
        Ok(Self { components, background, _data_lock })
    }

    /// As [`Stack::start`], for callers that must not block.
    ///
    /// # Errors
    /// See [`StackError`].
    pub async fn start_async(options: Options) -> Result<Self, StackError> {
        let _data_lock = lock_data(&options.storage)?;
        let background = Background::new("usher-local")?;
        let components =
            background.handle().spawn(Components::start(options)).await.map_err(|_| StackError::Ended)??;
        Ok(Self { components, background, _data_lock })
    }

    /// The URL of the API, `http://127.0.0.1:<port>` without a trailing slash. If [`Options::webhook_url`] is set, this
    /// is the URL of the program that serves the API.
    pub fn api_url(&self) -> &str {
        &self.components.api_url
    }

    /// Returns whether the stack serves the API, and not another program.
    pub(crate) fn serves_api(&self) -> bool {
        self.components.serves_api
    }

    /// The URL of the WebSocket API, `ws://127.0.0.1:<port>/<stage>`. `None` if the template has no such API, or if
    /// another program serves the API.
    pub fn live_url(&self) -> Option<&str> {
        self.components.live_url.as_deref()
    }

    /// The URL of the Clerk emulator, without a trailing slash. It is also the issuer of its tokens.
    pub fn clerk_url(&self) -> &str {
        &self.components.clerk_url
    }

    /// The folder from which the Clerk emulator serves Clerk's scripts for the browser.
    pub(crate) fn clerk_scripts(&self) -> Option<&Path> {
        self.components.clerk_scripts.as_deref()
    }

    /// The endpoint of DynamoDB, without a trailing slash. It refuses web pages.
    pub fn dynamodb_url(&self) -> &str {
        &self.components.dynamodb_url
    }

    /// The name of the table.
    pub fn table_name(&self) -> &str {
        &self.components.table_name
    }

    /// Every variable that a function declares in the template, with its value for another program that runs the
    /// functions on this machine. A blank value counts as unset.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.components.variables
    }

    /// The Clerk emulator.
    pub fn clerk(&self) -> &Clerk {
        &self.components.clerk
    }

    /// The Parameter Store of the functions.
    pub fn parameters(&self) -> &Parameters {
        &self.components.parameters
    }

    /// The model emulator, which the functions use unless the environment has another model.
    pub fn model(&self) -> &Model {
        &self.components.model
    }

    /// The URL of the model emulator, `http://127.0.0.1:<port>/v1`.
    pub fn model_url(&self) -> &str {
        &self.components.model_url
    }

    /// The ids of a function's processes, busy and idle.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        self.components.lambda.processes(function)
    }

    /// Invokes a function by the name of its binary, and waits for its result. If the returned future is dropped, the
    /// invocation still runs to its end.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(&self, function: &str, event: impl Into<Bytes>) -> Result<Bytes, InvokeError> {
        let (lambda, function, event) = (Arc::clone(&self.components.lambda), function.to_owned(), event.into());
        let invocation = self.background.handle().spawn(async move { lambda.invoke(&function, event).await });
        invocation.await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// Removes the rows that have expired, as DynamoDB does within days. Returns their number, which is 0 if DynamoDB is
    /// external.
    ///
    /// # Errors
    /// Returns an error if the embedded database fails.
    pub async fn remove_expired_rows(&self) -> Result<usize, EngineError> {
        let Some(database) = self.components.database.clone() else { return Ok(0) };
        let removal = self.background.handle().spawn(remove_expired_rows(database));
        removal.await.map_err(|_| EngineError::Ended)?
    }

    /// The ids of the WebSocket connections that are open.
    pub fn connections(&self) -> Vec<String> {
        self.components.lambda.connections()
    }

    /// Cuts a WebSocket connection: its socket ends without a close frame, as if the network had failed. Returns
    /// whether it was open.
    pub fn cut_connection(&self, connection_id: &str) -> bool {
        self.components.lambda.cut_connection(connection_id)
    }

    /// Decides whether `$disconnect` is left out for WebSocket connections that end from now on. API Gateway does not
    /// promise to invoke it.
    pub fn lose_disconnects(&self, lost: bool) {
        self.components.lambda.lose_disconnects(lost);
    }

    /// Starts a process of every function that is in use, and waits until each can take an event. `cargo dev` does this
    /// before it says that it is ready, so that a wrong variable or a broken binary is reported at once and not by the
    /// first request.
    ///
    /// # Errors
    /// [`StackError::Function`] if a function does not start.
    pub async fn warm_up(&self) -> Result<(), StackError> {
        let lambda = Arc::clone(&self.components.lambda);
        let started = self.background.handle().spawn(async move { lambda.warm_up().await });
        started.await.map_err(|_| StackError::Ended)?.map_err(|error| {
            let origin = self.components.origins.find(&error.to_string());
            let origin = origin.map(|(name, origin)| format!("{name} comes from {origin}"));
            StackError::Function { error, origin }
        })
    }

    /// Ends the stack; the same as dropping it.
    pub fn shut_down(self) {
        drop(self);
    }
}

/// Takes the lock of the data directory, if there is one.
fn lock_data(storage: &Storage) -> Result<Option<File>, StackError> {
    let Storage::Directory(directory) = storage else { return Ok(None) };
    let in_use = "another cargo dev uses this directory; --data DIR takes another";
    lock(directory, "--data", in_use).map(Some).map_err(StackError::Data)
}

/// Writes the URLs, and nothing secret.
impl fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Stack")
            .field("api_url", &self.components.api_url)
            .field("clerk_url", &self.components.clerk_url)
            .field("dynamodb_url", &self.components.dynamodb_url)
            .finish_non_exhaustive()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.components.lambda.shut_down();
    }
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
mod tests;
