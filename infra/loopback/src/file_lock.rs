//! The lock of a file, which gives the data beside it to one process.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Creates a file and takes its lock. Returns `None` if another process has the lock.
///
/// The lock is held until the returned file is dropped. The system releases it when the process ends, in any way. The
/// file is not removed then, because another process may already use it.
///
/// # Errors
/// Returns an error if the file cannot be created or the file system has no locks.
pub fn lock_file(path: &Path) -> io::Result<Option<File>> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
