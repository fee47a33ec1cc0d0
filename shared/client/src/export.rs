//! The export of everything that belongs to the caller.

mod checked_lines;

use std::io;

use reqwest::{Method, Response};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};
use usher_contract::{ExportCounts, ExportEnd};

use crate::{address, client::Client, error::Error, export::checked_lines::CheckedLines, repeat::Repeat};

/// How far an export is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportProgress {
    /// The bytes that were written.
    pub bytes: u64,
    /// The lines of each type that were written.
    pub counts: ExportCounts,
}

/// The reason that an export failed. What was written until then is not a whole export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A request failed before its response began.
    #[error(transparent)]
    Request(#[from] Error),
    /// A response is not whole.
    #[error("the export is not whole: {0}")]
    Incomplete(#[from] Incomplete),
    /// The target does not take the lines.
    #[error("the export cannot be written")]
    Write(#[source] io::Error),
}

/// Why a response of an export is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Incomplete {
    /// The connection broke off, or nothing came for as long as an attempt may take.
    #[error("the connection broke off")]
    BrokenOff(#[source] Error),
    /// The last line is not an end.
    #[error("the last line is missing")]
    NoEnd,
    /// A line is not what the API promises.
    #[error("a line is not readable")]
    UnreadableLine,
    /// The last line has other counts or another hash than the lines before it.
    #[error("the last line does not match the others")]
    Mismatch,
    /// The user was deleted during the export.
    #[error("the user was deleted during the export")]
    UserDeleted,
}

/// The export.
impl Client {
    /// Writes everything that belongs to the caller to `target`, as lines of JSON, and checks that nothing is missing:
    /// `GET /stream/users/me/export`. Makes as many requests as there are responses in the export. Calls `progress`
    /// after each write. At most one line is held.
    ///
    /// # Errors
    /// See [`ExportError`]. Throw away what was written, and begin again.
    pub async fn export_current_user(
        &self,
        target: &mut (impl AsyncWrite + Unpin + Send),
        mut progress: impl FnMut(ExportProgress) + Send,
    ) -> Result<ExportProgress, ExportError> {
        let mut written = ExportProgress::default();
        let mut cursor: Option<String> = None;
        loop {
            let response = self.open_export(cursor.as_deref()).await?;
            match self.write_lines(response, target, &mut written, &mut progress).await? {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        target.flush().await.map_err(ExportError::Write)?;
        Ok(written)
    }

    async fn open_export(&self, cursor: Option<&str>) -> Result<Response, Error> {
        let mut url = address::join(&self.stream_url, &["users", "me", "export"]);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.send(Repeat::Safe, || self.http.request(Method::GET, url.clone())).await
    }

    /// Writes the lines of a response. Returns the cursor of the next one, or `None` after the last.
    async fn write_lines(
        &self,
        mut response: Response,
        target: &mut (impl AsyncWrite + Unpin),
        written: &mut ExportProgress,
        progress: &mut impl FnMut(ExportProgress),
    ) -> Result<Option<String>, ExportError> {
        let before = written.counts;
        let mut lines = CheckedLines::default();
        let limit = self.retry_policy.attempt_timeout;
        loop {
            let chunk = timeout(limit, response.chunk()).await.map_err(|_| Error::TimedOut(limit));
            let chunk = chunk.and_then(|chunk| chunk.map_err(Error::transport)).map_err(Incomplete::BrokenOff)?;
            let Some(chunk) = chunk else { break };
            lines.read(&chunk)?;
            target.write_all(&chunk).await.map_err(ExportError::Write)?;
            written.bytes += chunk.len() as u64;
            written.counts = sum(before, lines.counts());
            progress(*written);
        }
        match lines.finish()? {
            ExportEnd::Complete { .. } => Ok(None),
            ExportEnd::Continues { next_cursor, .. } => Ok(Some(next_cursor)),
            ExportEnd::UserDeleted => Err(Incomplete::UserDeleted.into()),
        }
    }
}

fn sum(one: ExportCounts, other: ExportCounts) -> ExportCounts {
    ExportCounts {
        users: one.users + other.users,
        settings: one.settings + other.settings,
        threads: one.threads + other.threads,
        messages: one.messages + other.messages,
    }
}
