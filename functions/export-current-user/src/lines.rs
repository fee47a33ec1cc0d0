//! The lines of an export, page by page. At most one page is held at a time.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use usher_contract::{
    ClerkUserId, EXPORT_FORMAT, EXPORT_VERSION, ExportCounts, ExportEnd, ExportHeader, ExportLine, ExportedPart,
    Timestamp,
};
use usher_runtime::Problem;
use usher_store::{Error, ExportPage, ExportPosition, Store};

/// A response of the export that is being made.
pub(crate) struct Export {
    store: Store,
    user: ClerkUserId,
    /// The lines that are not sent yet.
    lines: Vec<u8>,
    /// Where the next page begins. `None` after the last page.
    next: Option<ExportPosition>,
    counts: ExportCounts,
    hash: Sha256,
    sent_bytes: u64,
    response_bytes: u64,
}

impl Export {
    /// Reads the first page, and the header, the user and the settings if it is the first page of all.
    pub(crate) async fn begin(
        store: &Store,
        user: ClerkUserId,
        after: Option<ExportPosition>,
        response_bytes: u64,
    ) -> Result<Self, Problem> {
        let mut export = Self {
            store: store.clone(),
            user,
            lines: Vec::new(),
            next: None,
            counts: ExportCounts::default(),
            hash: Sha256::new(),
            sent_bytes: 0,
            response_bytes,
        };
        if after.is_none() {
            export.write_account().await?;
        }
        let page = export.store.export_page(&export.user, after).await?;
        export.write_page(page)?;
        Ok(export)
    }

    /// Returns the next chunk and the rest of the export. The last chunk is the line of the end.
    ///
    /// # Errors
    /// A page cannot be read. A user who was deleted meanwhile is not an error but an end.
    pub(crate) async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>, Problem> {
        loop {
            if !self.lines.is_empty() {
                let lines = std::mem::take(&mut self.lines);
                self.hash.update(&lines);
                self.sent_bytes += lines.len() as u64;
                return Ok(Some((lines.into(), Some(self))));
            }
            let Some(next) = self.next.filter(|_| self.sent_bytes < self.response_bytes) else { break };
            match self.store.export_page(&self.user, Some(next)).await {
                Ok(page) => self.write_page(page)?,
                Err(Error::UserDeleted) => return Ok(Some((end(ExportEnd::UserDeleted)?, None))),
                Err(error) => return Err(error.into()),
            }
        }
        let sha256 = self.hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a text cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let part = ExportedPart { counts: self.counts, sha256 };
        let end_of_response = match self.next {
            Some(next) => ExportEnd::Continues { part, next_cursor: next.to_cursor(&self.user) },
            None => ExportEnd::Complete { part },
        };
        Ok(Some((end(end_of_response)?, None)))
    }

    async fn write_account(&mut self) -> Result<(), Problem> {
        let user = self.store.get_current_user(&self.user).await?;
        let settings = self.store.get_settings(&self.user).await?;
        self.write(&ExportLine::Header(ExportHeader {
            format: EXPORT_FORMAT.to_owned(),
            version: EXPORT_VERSION,
            exported_at: Timestamp::now(),
        }))?;
        // Clerk may have sent the object in several lines. JSON has line feeds only between its tokens.
        let user = user.clerk_user()?.without_private_metadata().replace(['\n', '\r'], " ");
        let user = RawValue::from_string(user).map_err(|_| Problem::internal())?;
        self.write(&ExportLine::User { user: &user })?;
        self.counts.users += 1;
        self.write(&ExportLine::Settings { settings: &settings.values })?;
        self.counts.settings += 1;
        Ok(())
    }

    fn write_page(&mut self, page: ExportPage) -> Result<(), Problem> {
        for part in page.threads {
            if let Some(thread) = part.thread {
                self.write(&ExportLine::Thread(&thread))?;
                self.counts.threads += 1;
            }
            for message in &part.messages {
                self.write(&ExportLine::Message(message))?;
                self.counts.messages += 1;
            }
        }
        self.next = page.next;
        Ok(())
    }

    fn write(&mut self, line: &ExportLine<'_>) -> Result<(), Problem> {
        write_line(&mut self.lines, line)
    }
}

fn end(end: ExportEnd) -> Result<Bytes, Problem> {
    let mut line = Vec::new();
    write_line(&mut line, &ExportLine::End(end))?;
    Ok(line.into())
}

fn write_line(lines: &mut Vec<u8>, line: &ExportLine<'_>) -> Result<(), Problem> {
    serde_json::to_writer(&mut *lines, line).map_err(|_| Problem::internal())?;
    lines.push(b'\n');
    Ok(())
}
