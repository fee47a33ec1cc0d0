//! The database, in a process of its own: its memory grows with the rows, and is no part of what is measured.

use std::{
    env,
    process::{Command, ExitCode},
    time::Duration,
};

use local::{
    dynamodb::{Engine, Storage},
    find_template,
    template::Template,
};
use rusqlite::Connection;

use crate::arguments::Wanted;

const ENDPOINT: &str = "USHER_SOAK_DYNAMODB";
/// The number of stream records that are kept. DynamoDB keeps them for a day. The embedded engine keeps them for ever,
/// and looks through all of them at each write.
const STREAM_RECORDS: i64 = 5_000;
/// The pause between two looks at the stream.
const TRIM_EVERY: Duration = Duration::from_secs(5);

/// The endpoint of the database that the parent process runs.
pub(crate) fn endpoint() -> Option<String> {
    env::var(ENDPOINT).ok()
}

/// Runs a database, and the soak in a process of its own until it ends.
pub(crate) fn host(Wanted { minutes, seed }: Wanted) -> ExitCode {
    let directory = tempfile::tempdir().unwrap();
    let template = Template::load(&find_template()).unwrap();
    let engine = Engine::start(Storage::Directory(directory.path().to_owned()), &template).unwrap();
    let file = directory.path().join("dynamodb.sqlite");
    std::thread::spawn(move || {
        let connection = Connection::open(file).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        loop {
            std::thread::sleep(TRIM_EVERY);
            let trim = "DELETE FROM _stream_records WHERE id <= (SELECT MAX(id) FROM _stream_records) - ?1";
            // A busy database is trimmed the next time.
            drop(connection.execute(trim, [STREAM_RECORDS]));
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let status = runtime.block_on(async {
        let mut command = tokio::process::Command::from(Command::new(env::current_exe().unwrap()));
        let arguments = [minutes.to_string(), seed.to_string(), "--bench".to_owned()];
        let mut child = command.args(arguments).env(ENDPOINT, engine.endpoint()).spawn().unwrap();
        // Ctrl-C reaches the child too, which then ends with its report.
        tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
        child.wait().await.unwrap()
    });
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
