//! The lock that keeps other stacks away from a directory.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use usher_loopback::lock_file;

/// Creates a directory and takes its lock. If the directory cannot be created, the error names `option`, which is the
/// one that gave the directory. If another process has the lock, returns an error with the text `in_use`.
pub(crate) fn lock(directory: &Path, option: &str, in_use: &str) -> io::Result<File> {
    fs::create_dir_all(directory).map_err(|error| not_created(directory, option, &error))?;
    let path = directory.join("lock");
    let file = lock_file(&path).map_err(|error| with_path(&path, &error))?;
    file.ok_or_else(|| with_path(directory, &io::Error::new(io::ErrorKind::AlreadyExists, in_use)))
}

/// Says why a directory cannot be created. The system's error for a file in its place is hard to understand.
fn not_created(directory: &Path, option: &str, error: &io::Error) -> io::Error {
    let reason = match directory.ancestors().find(|path| path.is_file()) {
        Some(file) => format!("{} is a file; name a directory", file.display()),
        None => error.to_string(),
    };
    io::Error::new(error.kind(), format!("{option} {}: {reason}", directory.display()))
}

/// Adds the path to an error.
pub(crate) fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_serves_one_stack_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = lock(directory.path(), "--data", "take another").unwrap();
        let error = lock(directory.path(), "--data", "take another").unwrap_err().to_string();
        assert_eq!(error, format!("{}: take another", directory.path().display()));
        drop(first);
        lock(directory.path(), "--data", "take another").unwrap();
    }
}
