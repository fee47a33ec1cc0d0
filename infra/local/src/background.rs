//! A tokio runtime on a thread of its own, so that what runs on it outlives the caller's runtime: a `static` shared by many
//! `#[tokio::test]`s, each with a runtime that ends with the test.

use std::{future::Future, sync::mpsc, thread::JoinHandle, time::Duration};

use tokio::{runtime::Handle, sync::oneshot};

/// How long the runtime waits for blocking work when it ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

/// The runtime. Dropping it ends everything that runs on it, and waits for that.
#[derive(Debug)]
pub(crate) struct Background {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    pub(crate) fn new(name: &str) -> std::io::Result<Self> {
        // The embedded database works on the thread that serves a request, so two threads are too few for a stack.
        let workers = std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(4, 16));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name(name)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            // An error is the sender being dropped: the same wish.
            drop(runtime.block_on(stopped));
            runtime.shutdown_timeout(SHUTDOWN_LIMIT);
        })?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs a future on the runtime and blocks this thread until it is done. Unlike `Handle::block_on`, it may be called
    /// inside another runtime. `None` when the future panicked.
    pub(crate) fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.handle.spawn(async move { drop(sender.send(future.await)) });
        receiver.recv().ok()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
