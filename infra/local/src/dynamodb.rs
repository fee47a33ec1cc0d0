//! DynamoDB: dynoxide embedded in this process, or another endpoint; and the table, made from the template.

pub(crate) mod relay;
mod table;

use std::path::PathBuf;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use lambda_emulator::{
    REGION,
    template::{Table, Template, TemplateError},
};
use tokio::sync::oneshot;

use crate::background::Background;

pub use table::ensure_table;

/// Name of the database file inside a data directory.
const DATABASE_FILE: &str = "dynamodb.sqlite";

/// What can go wrong with the engine or the table.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The template has no usable table.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No free port or no thread.
    #[error("cannot serve DynamoDB: {0}")]
    Io(#[from] std::io::Error),
    /// dynoxide could not open its database.
    #[error("cannot open the database{}: {reason}", .path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Open {
        /// The file; `None` in memory.
        path: Option<PathBuf>,
        /// dynoxide's words.
        reason: String,
    },
    /// The endpoint refused or could not be reached.
    #[error("{operation} at {endpoint}: {reason}")]
    Request {
        /// The call that failed.
        operation: &'static str,
        /// The endpoint.
        endpoint: String,
        /// The SDK's whole chain of causes.
        reason: String,
    },
    /// A table of that name exists with other keys, indexes or stream than the template's.
    #[error(
        "the table {table} at {endpoint} has another {what} than the template; remove it, or use another --data directory"
    )]
    TableDiffers {
        /// Table name.
        table: String,
        /// The endpoint.
        endpoint: String,
        /// What differs.
        what: &'static str,
    },
    /// The engine ended before it was ready.
    #[error("the engine ended before it was ready")]
    Ended,
}

/// A client for `endpoint` with the region and the dummy credentials that the functions get too. (DynamoDB Local keeps one
/// database per region and access key.)
pub async fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&sdk_config(endpoint).await)
}

pub(crate) async fn sdk_config(endpoint: &str) -> aws_config::SdkConfig {
    let credentials = Credentials::new(crate::ACCESS_KEY_ID, crate::SECRET_ACCESS_KEY, None, None, "local");
    // Everything given explicitly, so that nothing is read from this machine's AWS profile.
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .load()
        .await
}

/// Where the rows are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Storage {
    /// dynoxide, gone with the engine.
    #[default]
    Memory,
    /// dynoxide, in a file inside this directory, which is created.
    Directory(PathBuf),
    /// Another DynamoDB, by URL: nothing is embedded.
    External(String),
}

/// DynamoDB with the template's table and nothing else, for tests of the store. Several can run side by side.
///
/// It runs on its own threads: it may be shared by tests that have runtimes of their own, and ends when dropped.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    table_name: String,
    created: bool,
    // Dropped first: the server closes its connections before its threads end.
    _stop: oneshot::Sender<()>,
    _background: Background,
}

impl Engine {
    /// Starts an engine on a free port of 127.0.0.1 and creates the table of the template. Blocks until it is ready,
    /// which takes some milliseconds.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub fn start(storage: Storage, template: &Template) -> Result<Self, EngineError> {
        let background = Background::new("dynamodb")?;
        let table = template.table.clone();
        let table_name = table.name.clone();
        let started = background.run(async move { start(&storage, &table).await });
        let Running { endpoint, created, stop } = started.ok_or(EngineError::Ended)??;
        Ok(Self { endpoint, table_name, created, _stop: stop, _background: background })
    }

    /// The URL that an SDK takes as its endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Name of the table.
    #[must_use]
    pub fn table_name(&self) -> &str {
        &self.table_name
    }

    /// Whether this start created the table; `false` when it was there.
    #[must_use]
    pub fn created_table(&self) -> bool {
        self.created
    }
}

/// An engine on the current runtime. It ends when `stop` is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) endpoint: String,
    /// Whether the table is new.
    pub(crate) created: bool,
    pub(crate) stop: oneshot::Sender<()>,
}

/// Serves dynoxide out of the sight of web pages, unless the storage is external, and makes sure of the table.
pub(crate) async fn start(storage: &Storage, table: &Table) -> Result<Running, EngineError> {
    let (stop, stopped) = oneshot::channel::<()>();
    let endpoint = match storage {
        Storage::External(url) => url.trim_end_matches('/').to_owned(),
        Storage::Memory | Storage::Directory(_) => {
            let listener = relay::listen_out_of_sight().await?;
            let endpoint = format!("http://{}", listener.local_addr()?);
            let database = open(storage)?;
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async move { drop(stopped.await) }));
            endpoint
        }
    };
    let created = ensure_table(&client(&endpoint).await, &endpoint, table).await?;
    Ok(Running { endpoint, created, stop })
}

fn open(storage: &Storage) -> Result<dynoxide::Database, EngineError> {
    let Storage::Directory(directory) = storage else {
        return dynoxide::Database::memory()
            .map_err(|error| EngineError::Open { path: None, reason: error.to_string() });
    };
    std::fs::create_dir_all(directory)?;
    let path = directory.join(DATABASE_FILE);
    let failed = |reason: String| EngineError::Open { path: Some(path.clone()), reason };
    let text = path.to_str().ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
    let database = dynoxide::Database::new(text).map_err(|error| failed(error.to_string()))?;
    // DynamoDB removes expired rows within days; here they go when the data is opened again.
    database.sweep_ttl().map_err(|error| failed(error.to_string()))?;
    Ok(database)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn template() -> Template {
        Template::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")).unwrap()
    }

    #[tokio::test]
    async fn engines_stand_side_by_side_with_the_templates_table() {
        let engines = [
            Engine::start(Storage::Memory, &template()).unwrap(),
            Engine::start(Storage::Memory, &template()).unwrap(),
        ];
        assert_ne!(engines[0].endpoint(), engines[1].endpoint());
        for engine in &engines {
            assert!(engine.created_table());
            let client = client(engine.endpoint()).await;
            let answer = client.describe_table().table_name(engine.table_name()).send().await.unwrap().table.unwrap();
            let mut indexes: Vec<_> =
                answer.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
            indexes.sort_unstable();
            assert_eq!(indexes, ["purge_pending-index", "row_kind-index"]);
            let ttl = client.describe_time_to_live().table_name(engine.table_name()).send().await.unwrap();
            assert_eq!(ttl.time_to_live_description.unwrap().attribute_name(), Some("expires_at"));
        }
    }

    #[tokio::test]
    async fn an_existing_table_is_kept_when_it_is_the_same() {
        let engine = Engine::start(Storage::Memory, &template()).unwrap();
        let external = || Storage::External(format!("{}/", engine.endpoint()));
        assert!(!Engine::start(external(), &template()).unwrap().created_table());

        let mut other = template();
        other.table.indexes.clear();
        other.table.attributes.truncate(2);
        let error = Engine::start(external(), &other).unwrap_err();
        assert!(matches!(error, EngineError::TableDiffers { what: "set of indexes", .. }), "{error}");
    }

    #[test]
    fn an_endpoint_that_nobody_serves_is_an_error() {
        let error = Engine::start(Storage::External("http://127.0.0.1:9".to_owned()), &template()).unwrap_err();
        assert!(error.to_string().starts_with("CreateTable at http://127.0.0.1:9: "), "{error}");
    }
}
