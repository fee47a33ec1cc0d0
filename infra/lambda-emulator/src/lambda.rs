//! The functions by name, each with a pool of execution environments.
//!
//! [`pool`] decides which environment gets an invocation, [`sandbox`] is one environment (a process from its start to
//! its end), and [`runtime_api`] is the protocol between the two.

pub(crate) mod invoke_error;
mod last_words;
pub(crate) mod pool;
pub(crate) mod program;
pub(crate) mod runtime_api;
pub(crate) mod sandbox;
mod streamed_response;

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    lambda::{invoke_error::InvokeError, pool::Pool, program::Program, runtime_api::RuntimeApi},
    options::Options,
    template::Function,
};

/// All functions. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    pools: Arc<HashMap<String, Arc<Pool>>>,
}

/// An invocation whose response is streamed.
#[derive(Debug)]
pub(crate) struct StreamedInvocation {
    /// The response as it is made. Ends when the invocation has ended, also with an error.
    pub(crate) chunks: mpsc::Receiver<Bytes>,
    /// The end of the invocation: whether the response is whole.
    pub(crate) end: JoinHandle<Result<(), InvokeError>>,
}

impl Lambda {
    pub(crate) fn new(functions: &[Function], options: &Options, runtime_api: &RuntimeApi) -> Self {
        let pools = functions.iter().map(|function| {
            let pool = Pool::new(Program::new(function, options), options, runtime_api.clone());
            (function.name.clone(), Arc::new(pool))
        });
        Self { pools: Arc::new(pools.collect()) }
    }

    /// Invokes a function and waits for its result, a JSON document.
    ///
    /// If the returned future is dropped, the invocation still runs to its end, as on AWS when a caller disconnects.
    pub(crate) async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let pool = self.pools.get(function).ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        let pool = Arc::clone(pool);
        tokio::spawn(async move { pool.invoke(event, None).await }).await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// Invokes a function whose response is streamed. If the returned value is dropped, the invocation still runs to its
    /// end.
    pub(crate) fn invoke_streamed(&self, function: &str, event: Bytes) -> Result<StreamedInvocation, InvokeError> {
        let pool = self.pools.get(function).ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        let pool = Arc::clone(pool);
        let (sender, chunks) = mpsc::channel(1);
        let end = tokio::spawn(async move {
            let whole = pool.invoke(event, Some(sender.clone())).await?;
            // A function may answer without a stream.
            if !whole.is_empty() {
                let _ = sender.send(whole).await;
            }
            Ok(())
        });
        Ok(StreamedInvocation { chunks, end })
    }

    /// Starts a process of a function unless one is idle, and waits until it asks for an event.
    pub(crate) async fn warm_up(&self, function: &str) -> Result<(), InvokeError> {
        let pool = self.pools.get(function).ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        pool.warm_up().await
    }

    /// The ids of a function's processes, busy and idle. Empty if there is no function of this name.
    pub(crate) fn processes(&self, function: &str) -> Vec<u32> {
        self.pools.get(function).map(|pool| pool.processes()).unwrap_or_default()
    }

    /// Ends all idle processes. Busy processes end with the tokio runtime.
    pub(crate) fn shut_down(&self) {
        for pool in self.pools.values() {
            pool.shut_down();
        }
    }
}
