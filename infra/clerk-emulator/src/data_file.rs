//! The file in which an instance is kept, so that users, sessions and keys are the same after a restart.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use usher_loopback::lock_file;

use crate::{
    error::ClerkError, frontend::clients::Clients, sessions::session::Session,
    sign_in_tokens::sign_in_token::SignInToken, users::user::User,
};

/// The version of the format. A file of another version is refused.
const VERSION: u32 = 1;

/// An instance as the file has it. Webhooks that are held or repeated, and what a test controls, are not kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedInstance {
    version: u32,
    #[serde(flatten)]
    pub(crate) identity: SavedIdentity,
    /// In the order in which they were added.
    pub(crate) users: Vec<User>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) sign_in_tokens: Vec<SignInToken>,
    #[serde(default)]
    pub(crate) clients: Clients,
}

/// The id, the key and the generated secrets of an instance. Secrets that the caller gave are not among them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SavedIdentity {
    pub(crate) instance_id: String,
    pub(crate) key_id: String,
    /// The private key, as base64 of PKCS #8.
    pub(crate) private_key: String,
    pub(crate) secret_key: String,
    pub(crate) webhook_secret: String,
}

impl SavedInstance {
    pub(crate) fn new(
        identity: SavedIdentity,
        users: Vec<User>,
        sessions: Vec<Session>,
        sign_in_tokens: Vec<SignInToken>,
        clients: Clients,
    ) -> Self {
        Self { version: VERSION, identity, users, sessions, sign_in_tokens, clients }
    }
}

/// The file, and the lock that keeps other emulators away from it.
pub(crate) struct DataFile {
    path: PathBuf,
    _lock: File,
}

impl DataFile {
    /// Takes the lock of the file, and reads the file. The folder is created. Returns `None` if there is no file yet.
    ///
    /// The lock is on a file beside it, because each change replaces the file itself.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<SavedInstance>), ClerkError> {
        let failed = |error: io::Error| ClerkError::Data { path: path.to_owned(), reason: error.to_string() };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let lock = lock_file(&beside(path, "lock")).map_err(failed)?;
        let lock = lock.ok_or_else(|| ClerkError::DataInUse { path: path.to_owned() })?;
        let file = Self { path: path.to_owned(), _lock: lock };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((file, None)),
            Err(error) => return Err(failed(error)),
        };
        // The message of serde_json would quote a value.
        let unreadable = |reason: String| ClerkError::Data { path: path.to_owned(), reason };
        let saved: SavedInstance = serde_json::from_slice(&text)
            .map_err(|error| unreadable(format!("is not the file of an emulator (line {})", error.line())))?;
        if saved.version != VERSION {
            return Err(unreadable(format!("has version {} of the format, not {VERSION}", saved.version)));
        }
        Ok((file, Some(saved)))
    }

    /// Replaces the file in one step, so that a process that is killed leaves the old file or the new one.
    pub(crate) fn save(&self, instance: &SavedInstance) -> io::Result<()> {
        let temporary = beside(&self.path, "tmp");
        let mut options = OpenOptions::new();
        // Only the owner may read the private key.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(&serde_json::to_vec(instance)?)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)
    }
}

/// Returns the path of a file beside `path`: `clerk.json` and `lock` make `clerk.json.lock`.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
