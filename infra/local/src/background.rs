//! A tokio runtime on its own threads. It outlives the caller's runtime, so tests can share a stack in a `static`
//! although the runtime of each `#[tokio::test]` ends with the test.

use std::{sync::mpsc, thread::JoinHandle, time::Duration};

use tokio::{runtime::Handle, sync::oneshot};

/// The maximum time for which the runtime waits for blocking work when it ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

/// The runtime. Dropping it ends all its tasks and waits for their end.
#[derive(Debug)]
pub(crate) struct Background {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    pub(crate) fn new(name: &str) -> std::io::Result<Self> {
        // The embedded database works on the thread that serves its request, so two threads are too few for a stack.
        let workers = std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(4, 16));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name(name)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            // The sender is dropped to stop, which is an error here.
            drop(runtime.block_on(stopped));
            runtime.shutdown_timeout(SHUTDOWN_LIMIT);
        })?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs a future on the runtime and blocks this thread until it is done. Unlike `Handle::block_on`, this may be
    /// called inside another runtime. Returns `None` if the future panicked.
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
