//! `GET /stream/users/me/export`: streams everything that belongs to the caller, as lines of JSON.

mod lines;

use futures_util::stream;
use http::{HeaderValue, header};
use usher_contract::NDJSON;
use usher_runtime::{Backend, InitError, Request, RequestExt as _, Result, StreamedResponse};
use usher_store::ExportPosition;

use crate::lines::Export;

const EXPORT_RESPONSE_BYTES: &str = "EXPORT_RESPONSE_BYTES";
/// Half of what Lambda allows for a streamed response (200 MB), so that the last page before it always fits.
const DEFAULT_RESPONSE_BYTES: u64 = 100 * 1024 * 1024;
const ATTACHMENT: HeaderValue = HeaderValue::from_static("attachment; filename=\"usher-export.ndjson\"");

struct ExportCurrentUser {
    backend: Backend,
    /// The size after which a response ends, and another one must go on.
    response_bytes: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_stream(init(), &["cursor"], export_current_user).await
}

async fn init() -> Result<ExportCurrentUser, InitError> {
    let response_bytes = match usher_runtime::variable(EXPORT_RESPONSE_BYTES) {
        Some(bytes) => {
            bytes.parse().map_err(|_| InitError::invalid(EXPORT_RESPONSE_BYTES, "must be a whole number of bytes"))?
        }
        None => DEFAULT_RESPONSE_BYTES,
    };
    Ok(ExportCurrentUser { backend: Backend::init().await?, response_bytes })
}

impl AsRef<Backend> for ExportCurrentUser {
    fn as_ref(&self) -> &Backend {
        &self.backend
    }
}

async fn export_current_user(state: &ExportCurrentUser, request: &Request) -> Result<StreamedResponse> {
    let caller = state.backend.authenticate(request).await?;
    let cursor = request.query_parameter("cursor");
    let after = cursor.map(|cursor| ExportPosition::parse(cursor, &caller.subject)).transpose()?;
    // The first lines are read before the response begins, so that a failure until then has its own status.
    let export = Export::begin(&state.backend.store, caller.subject, after, state.response_bytes).await?;
    let chunks = stream::try_unfold(Some(export), async |export| match export {
        Some(export) => export.next().await,
        None => Ok(None),
    });
    Ok(StreamedResponse::new(NDJSON, chunks).header(header::CONTENT_DISPOSITION, ATTACHMENT))
}
