//! The state of a run, as the checkpoint stores it.

use serde::{Deserialize, Serialize};
use usher_contract::Timestamp;
use usher_store::LocalState;

use crate::{deletion_cursor::DeletionCursor, list_cursor::ListCursor};

/// The state of a run. The names in its JSON must not change, so that a new version continues a run of the old one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunState {
    pub(crate) started_at: Timestamp,
    pub(crate) stage: Stage,
    pub(crate) counts: Counts,
    /// More users were unknown than one run may delete.
    pub(crate) over_limit: bool,
}

/// The stage of a run, and its position there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Lists Clerk's users and imports what is missing or older here.
    #[serde(rename = "bring_in")]
    Import(ListCursor),
    /// Lists the stored users after the id `after`, in [`usher_store::list_order`], to find those that Clerk does not
    /// know.
    #[serde(rename = "find")]
    Search { after: Option<String> },
    /// Lists the stored users again, to delete those that Clerk does not know.
    Delete(DeletionCursor),
    /// The end.
    Finished { at: Timestamp },
}

/// The counts of a run. In a dry run: of what it would have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Entries of Clerk's list.
    pub at_clerk: u64,
    /// Users of Clerk's list that were missing here and were imported.
    pub created: u64,
    /// Users of Clerk's list that were older here and were replaced.
    pub updated: u64,
    /// In the daily run: created and updated users whose change is so old that its webhook must have been lost.
    pub missed: u64,
    /// Users of Clerk's list that were the same here, or newer.
    pub unchanged: u64,
    /// Users of Clerk's list that are deleted here. A tombstone is never overwritten.
    #[serde(rename = "deleted_here")]
    pub deleted_locally: u64,
    /// Entries of Clerk's list that cannot be stored: not a user object, no valid id, or too large.
    pub refused: u64,
    /// Stored users.
    #[serde(rename = "here")]
    pub local: u64,
    /// Stored users that Clerk does not know.
    pub unknown: u64,
    /// In the daily run: unknown users that an earlier daily run has found unknown, at least 20 hours before this run.
    pub standing: u64,
    /// Unknown users that were deleted.
    pub deleted: u64,
}

impl RunState {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        let stage = Stage::Import(ListCursor::default());
        Self { started_at, stage, counts: Counts::default(), over_limit: false }
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished { .. })
    }

    pub(crate) fn finish(&mut self) {
        self.stage = Stage::Finished { at: Timestamp::now() };
    }
}

impl Counts {
    /// Counts a user of Clerk's list by what is stored of it.
    pub(crate) fn add(&mut self, local: LocalState) {
        *match local {
            LocalState::Missing => &mut self.created,
            LocalState::Older => &mut self.updated,
            LocalState::Current => &mut self.unchanged,
            LocalState::Deleted => &mut self.deleted_locally,
        } += 1;
    }

    /// Returns how many standing users are left after the deletions of the run.
    pub fn standing_after_deletion(&self) -> u64 {
        self.standing.saturating_sub(self.deleted)
    }
}

#[cfg(test)]
mod tests {
    use usher_clerk::{Entry, User};

    use super::*;

    /// A page of users of one millisecond, with ids of the maximum length.
    fn page(number: usize) -> Vec<String> {
        let object = |user| format!(r#"{{"id":"user_{number:0>32}{user:0>32}","created_at":{}}}"#, i64::MAX);
        (0..100).map(object).collect()
    }

    #[test]
    fn the_state_stays_small_whatever_clerk_holds() {
        let mut run = RunState::new(Timestamp::MAX);
        let counts = serde_json::to_string(&run.counts).unwrap().replace('0', &u64::MAX.to_string());
        run.counts = serde_json::from_str(&counts).unwrap();
        let mut cursor = ListCursor::default();
        for number in 0..60 {
            let texts = page(number);
            let entries: Vec<_> =
                texts.iter().map(|text| Entry { text, user: Ok(User::parse(text).unwrap()) }).collect();
            cursor.mark_counted(&entries);
            run.stage = Stage::Import(cursor.clone());
            let state = serde_json::to_string(&run).unwrap();
            assert!(state.len() < 3500, "{} bytes", state.len());
            cursor = cursor.pass(entries.len(), &entries);
        }
        let id = format!("user_{}", "x".repeat(64));
        run.stage = Stage::Delete(DeletionCursor { done: Some(id.clone()), counted: Some(id) });
        assert!(serde_json::to_string(&run).unwrap().len() < 3500);
    }

    #[test]
    fn the_names_in_a_checkpoint_stay_the_same() {
        for stage in [
            r#"{"bring_in":{"passed":2,"created_at":5,"last":[1,2],"counted":[3]}}"#,
            r#"{"find":{"after":"user_a"}}"#,
            r#"{"delete":{"done":null,"counted":"user_a"}}"#,
            r#"{"finished":{"at":7}}"#,
        ] {
            let counts = r#"{"at_clerk":1,"created":2,"updated":3,"missed":4,"unchanged":5,"deleted_here":6,"refused":7,"here":8,"unknown":9,"standing":10,"deleted":11}"#;
            let state = format!(r#"{{"started_at":1,"stage":{stage},"counts":{counts},"over_limit":false}}"#);
            let run: RunState = serde_json::from_str(&state).unwrap();
            assert_eq!(serde_json::to_string(&run).unwrap(), state);
        }
    }
}
