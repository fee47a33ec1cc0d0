//! The checkpoint of a run.

use usher_store::{Checkpoint, Store};

use crate::{error::ReconcileError, run_state::RunState};

/// Reads and writes the checkpoint of one kind of runs.
pub(crate) struct CheckpointStore<'a> {
    store: &'a Store,
    job: &'static str,
    last: Checkpoint,
}

impl<'a> CheckpointStore<'a> {
    /// Reads the checkpoint. Returns no run if there is none, or if another version of this crate wrote a state that
    /// this version cannot read. Then a new run begins, and repeats the work of the other one.
    pub(crate) async fn open(store: &'a Store, job: &'static str) -> Result<(Self, Option<RunState>), ReconcileError> {
        let last = store.get_checkpoint(job).await?;
        let run = match serde_json::from_str(&last.state) {
            Ok(run) => Some(run),
            Err(_) if last.version == 0 => None,
            Err(error) => {
                tracing::warn!(%error, "the last run cannot be read; a new run begins");
                None
            }
        };
        Ok((Self { store, job, last }, run))
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    /// [`usher_store::Error::VersionMismatch`]: another invocation has written it since.
    pub(crate) async fn save(&mut self, run: &RunState) -> Result<(), ReconcileError> {
        self.last = self.store.save_checkpoint(self.job, &self.last, serde_json::to_string(run)?).await?;
        Ok(())
    }
}
