//! The embedded engine.

use std::{path::PathBuf, time::Duration};

use dynoxide::Database;
use lambda_emulator::template::{Table, Template};
use tokio::sync::oneshot;

use crate::{
    background::Background,
    dynamodb::{client::client, error::EngineError, relay::listen_out_of_sight, table::ensure_table},
};

/// Name of the database file inside a data directory.
const DATABASE_FILE: &str = "dynamodb.sqlite";

/// The place of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Storage {
    /// dynoxide, in memory.
    #[default]
    Memory,
    /// dynoxide, in a file inside this directory. The directory is created. A stack keeps its Clerk emulator there too.
    Directory(PathBuf),
    /// Another DynamoDB, by URL. Nothing is embedded.
    External(String),
}

/// A DynamoDB with the template's table, for tests of the store. Several can run side by side.
///
/// It runs on its own threads, so tests with different tokio runtimes can share it. It ends when it is dropped.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    table_name: String,
    // Dropped first, so that the server closes its connections before its threads end.
    _stop: oneshot::Sender<()>,
    _background: Background,
}

impl Engine {
    /// Starts an engine on a free port and creates the table of the template. Blocks for some milliseconds, until it is
    /// ready.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub fn start(storage: Storage, template: &Template) -> Result<Self, EngineError> {
        let background = Background::new("dynamodb")?;
        let table = template.table.clone();
        let table_name = table.name.clone();
        let started = background.run(async move { start(&storage, &table).await });
        let StartedEngine { endpoint, stop, .. } = started.ok_or(EngineError::Ended)??;
        Ok(Self { endpoint, table_name, _stop: stop, _background: background })
    }

    /// The endpoint URL for an SDK.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Name of the table.
    pub fn table_name(&self) -> &str {
        &self.table_name
    }
}

/// An engine on the current runtime. It ends when `stop` is dropped.
pub(crate) struct StartedEngine {
    pub(crate) endpoint: String,
    /// `true` if this start created the table.
    pub(crate) created: bool,
    /// `None` if nothing is embedded.
    pub(crate) database: Option<Database>,
    pub(crate) stop: oneshot::Sender<()>,
}

/// Serves dynoxide where no web page finds it, unless the storage is external, and creates the table if it is missing.
pub(crate) async fn start(storage: &Storage, table: &Table) -> Result<StartedEngine, EngineError> {
    let (stop, stopped) = oneshot::channel::<()>();
    let (endpoint, database) = match storage {
        Storage::External(url) => (url.trim_end_matches('/').to_owned(), None),
        Storage::Memory | Storage::Directory(_) => {
            let listener = listen_out_of_sight().await?;
            let endpoint = format!("http://{}", listener.local_addr()?);
            let database = open(storage)?;
            let stopped = async move { drop(stopped.await) };
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), stopped));
            (endpoint, Some(database))
        }
    };
    let created = ensure_table(&client(&endpoint).await, &endpoint, table).await?;
    Ok(StartedEngine { endpoint, created, database, stop })
}

/// Opens the database.
fn open(storage: &Storage) -> Result<Database, EngineError> {
    let Storage::Directory(directory) = storage else {
        return Database::memory().map_err(|error| EngineError::Open { path: None, reason: error.to_string() });
    };
    std::fs::create_dir_all(directory)?;
    let path = directory.join(DATABASE_FILE);
    let failed = |reason: String| EngineError::Open { path: Some(path.clone()), reason };
    let text = path.to_str().ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
    let database = Database::new(text).map_err(|error| failed(error.to_string()))?;
    // Without this, the rows that expired while nothing ran would be there until the first look for expired rows.
    database.sweep_ttl().map_err(|error| failed(error.to_string()))?;
    Ok(database)
}

/// Removes the expired rows, as DynamoDB does within days. Their stream records say so in `userIdentity`. Returns their
/// number.
pub(crate) async fn remove_expired_rows(database: Database) -> Result<usize, EngineError> {
    let removed = tokio::task::spawn_blocking(move || database.sweep_ttl()).await.map_err(|_| EngineError::Ended)?;
    removed.map_err(|error| EngineError::Expiry(error.to_string()))
}

/// Removes the expired rows again and again, until the runtime ends.
pub(crate) async fn keep_removing_expired_rows(database: Database, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if let Err(error) = remove_expired_rows(database.clone()).await {
            tracing::warn!(%error, "expired rows are still there");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    fn template() -> Template {
        Template::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")).unwrap()
    }

    #[tokio::test]
    async fn several_engines_have_the_table_of_the_template() {
        let engines = [
            Engine::start(Storage::Memory, &template()).unwrap(),
            Engine::start(Storage::Memory, &template()).unwrap(),
        ];
        assert_ne!(engines[0].endpoint(), engines[1].endpoint());
        for engine in &engines {
            let client = client(engine.endpoint()).await;
            let tables = client.list_tables().send().await.unwrap().table_names.unwrap();
            assert_eq!(tables, [engine.table_name()], "each engine creates its own table");
            let output = client.describe_table().table_name(engine.table_name()).send().await.unwrap().table.unwrap();
            let mut indexes: Vec<_> =
                output.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
            indexes.sort_unstable();
            assert_eq!(indexes, ["connection_id-index", "purge_pending-index", "row_kind-index"]);
            let ttl = client.describe_time_to_live().table_name(engine.table_name()).send().await.unwrap();
            assert_eq!(ttl.time_to_live_description.unwrap().attribute_name(), Some("expires_at"));
        }
    }

    #[tokio::test]
    async fn an_existing_table_is_kept_if_it_is_the_same() {
        let engine = Engine::start(Storage::Memory, &template()).unwrap();
        let external = || Storage::External(format!("{}/", engine.endpoint()));
        let client = client(engine.endpoint()).await;
        let key = ["pk", "sk"].map(|name| (name.to_owned(), AttributeValue::S("kept".to_owned())));
        client.put_item().table_name(engine.table_name()).set_item(Some(key.into())).send().await.unwrap();
        assert_eq!(Engine::start(external(), &template()).unwrap().table_name(), engine.table_name());
        assert_eq!(client.scan().table_name(engine.table_name()).send().await.unwrap().count(), 1);
        assert!(!start(&external(), &template().table).await.unwrap().created);
        assert!(start(&Storage::Memory, &template().table).await.unwrap().created);

        let mut other = template();
        other.table.indexes.clear();
        other.table.attributes.truncate(2);
        let error = Engine::start(external(), &other).unwrap_err();
        assert!(matches!(error, EngineError::TableDiffers { what: "set of indexes", .. }), "{error}");
    }

    #[test]
    fn an_unreachable_endpoint_is_an_error() {
        let error = Engine::start(Storage::External("http://127.0.0.1:9".to_owned()), &template()).unwrap_err();
        assert!(error.to_string().starts_with("CreateTable at http://127.0.0.1:9: "), "{error}");
    }
}
