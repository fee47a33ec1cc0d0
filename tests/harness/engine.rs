//! The DynamoDB of the tests and benchmarks that need no function. All tests of a process share it.

use std::{process::Command, sync::OnceLock};

use local::{
    dynamodb::{Engine, Storage, client, ensure_table},
    find_template,
    template::Template,
};

use crate::table::Table;

/// The name of the variable with the endpoint of a DynamoDB that replaces the embedded one.
pub const ENDPOINT: &str = "USHER_DYNAMODB_ENDPOINT";

/// Returns whether the embedded DynamoDB is in use.
pub fn is_embedded() -> bool {
    std::env::var_os(ENDPOINT).is_none()
}

/// The shared engine. The first call starts it.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let storage = std::env::var(ENDPOINT).map_or(Storage::Memory, Storage::External);
        Engine::start(storage, &template()).unwrap()
    })
}

/// Runs a benchmark in a process of its own, so that the memory and the processor time of the embedded DynamoDB are not
/// measured. This process starts the DynamoDB and then itself again, with the same arguments.
pub fn measure_apart(measure: impl Future<Output = ()>) {
    if is_embedded() {
        let this = std::env::current_exe().unwrap();
        let arguments = std::env::args_os().skip(1);
        let status = Command::new(this).args(arguments).env(ENDPOINT, engine().endpoint()).status().unwrap();
        assert!(status.success());
    } else {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(measure);
    }
}

/// The template with a table that has no stream: nothing reads the stream here, and the embedded engine looks through
/// all of it at every write.
fn template() -> Template {
    let mut template = Template::load(&find_template()).unwrap();
    template.table.name.push_str("WithoutStream");
    template.table.stream_view_type = None;
    template
}

impl Table {
    /// Opens the table that all tests share.
    pub async fn shared() -> Self {
        let engine = tokio::task::spawn_blocking(engine).await.unwrap();
        Self { client: client(engine.endpoint()).await, name: engine.table_name().to_owned() }
    }

    /// Creates a table for the caller alone.
    pub async fn own() -> Self {
        let Self { client, .. } = Self::shared().await;
        let mut table = template().table;
        table.name = format!("{}-{}", table.name, uuid::Uuid::now_v7().simple());
        assert!(ensure_table(&client, engine().endpoint(), &table).await.unwrap());
        Self { client, name: table.name }
    }
}
