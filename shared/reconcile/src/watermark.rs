//! The entries of Clerk's list that were read last.

use serde::{Deserialize, Serialize};
use usher_clerk::Entry;
use usher_contract::Timestamp;

use crate::fingerprint::Fingerprint;

/// The maximum number of entries that a watermark remembers. The position in the list is found again unless all of them
/// are deleted at the same time.
pub(crate) const REMEMBERED: usize = 50;

/// Tells which entries of a page were read before.
///
/// A time alone cannot tell it: any number of users may have the same `created_at`, because an import makes thousands
/// of users at once. So the watermark remembers the last entries. Its size is limited, whatever Clerk's list holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watermark {
    /// When the last user that was read was created.
    created_at: Timestamp,
    /// The last entries that were read, oldest first.
    last: Vec<Fingerprint>,
}

impl Default for Watermark {
    fn default() -> Self {
        Self { created_at: Timestamp::MIN, last: Vec::new() }
    }
}

impl Watermark {
    /// Returns whether every entry before this one was read, too.
    pub(crate) fn covers(&self, entry: &Entry) -> bool {
        self.is_remembered(entry) || self.is_older(entry)
    }

    /// Returns the rest of a page after the entries that were read before. If the page begins before all remembered
    /// entries, users with the same `created_at` as the last one may be returned a second time. None is left out.
    pub(crate) fn skip_read<'a, 'b>(&self, page: &'a [Entry<'b>]) -> &'a [Entry<'b>] {
        let older = match page.first() {
            Some(first) if !self.is_remembered(first) => page.iter().take_while(|entry| self.is_older(entry)).count(),
            _ => 0,
        };
        let remembered = page.iter().skip(older).take_while(|entry| self.is_remembered(entry)).count();
        page.get(older + remembered..).unwrap_or_default()
    }

    /// Adds entries that follow the watermark in Clerk's list.
    pub(crate) fn advance(&mut self, entries: &[Entry]) {
        self.created_at = entries.iter().filter_map(created_at).next_back().unwrap_or(self.created_at);
        self.last.extend(entries.iter().map(Fingerprint::of));
        self.last.drain(..self.last.len().saturating_sub(REMEMBERED));
    }

    fn is_remembered(&self, entry: &Entry) -> bool {
        self.last.contains(&Fingerprint::of(entry))
    }

    fn is_older(&self, entry: &Entry) -> bool {
        created_at(entry).is_some_and(|at| at < self.created_at)
    }
}

fn created_at(entry: &Entry) -> Option<Timestamp> {
    entry.user.as_ref().ok()?.created_at()
}
