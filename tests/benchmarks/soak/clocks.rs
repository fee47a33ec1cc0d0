//! Clocks that are five minutes off: those of function processes, and those of the tokens.
//!
//! The emulator starts a function through a script, which starts the binary with `libfaketime` while the function's clock
//! is set to be off. Without that library (the package `faketime` of Debian), only the clocks of tokens are off.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

/// The seconds by which a clock is off.
pub(crate) const OFF_BY: i64 = 300;
/// The time after which an answer can no longer come from a process with a wrong clock that was killed.
const AFTERMATH: Duration = Duration::from_secs(20);

/// The clocks of the functions.
pub(crate) struct Clocks {
    directory: PathBuf,
    library: Option<PathBuf>,
    /// The time until which an answer of a function may come from a process whose clock is off.
    off_until: Mutex<BTreeMap<String, Instant>>,
}

impl Clocks {
    /// Writes a script for each function into `directory`.
    pub(crate) fn new(directory: &Path, binaries: &Path, functions: &[String]) -> Self {
        let library = find_library();
        for function in functions {
            let script = directory.join(function);
            let (binary, off) = (binaries.join(function).display().to_string(), off_file(directory, function));
            let preload = library.as_deref().unwrap_or(Path::new("")).display().to_string();
            let text = format!(
                "#!/bin/sh\nif [ -s {off} ]; then\n  read -r by < {off}\n  echo > {directory}/{function}.$$.off\n  \
                 exec env LD_PRELOAD={preload} FAKETIME=\"$by\" FAKETIME_DONT_FAKE_MONOTONIC=1 {binary}\nfi\nexec {binary}\n",
                off = off.display(),
                directory = directory.display(),
            );
            fs::write(&script, text).unwrap();
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        if library.is_none() {
            println!("libfaketime is not installed: the clocks of the functions stay right, those of tokens do not");
        }
        Self { directory: directory.to_owned(), library, off_until: Mutex::default() }
    }

    /// Lets new processes of a function have a wrong clock. Returns whether that is possible.
    pub(crate) fn set_off(&self, function: &str, seconds: i64) -> bool {
        if self.library.is_none() {
            return false;
        }
        let forever = Instant::now() + Duration::from_secs(24 * 60 * 60);
        self.off_until.lock().unwrap().insert(function.to_owned(), forever);
        fs::write(off_file(&self.directory, function), format!("{seconds:+}s\n")).unwrap();
        true
    }

    /// Lets new processes of a function have the right clock. Those with a wrong one must be killed.
    pub(crate) fn set_right(&self, function: &str) {
        fs::write(off_file(&self.directory, function), "").unwrap();
        self.off_until.lock().unwrap().insert(function.to_owned(), Instant::now() + AFTERMATH);
    }

    /// Returns the processes that were started with a wrong clock, with the names of their functions, although the
    /// clocks of these functions are right now. Forgets those that have ended.
    pub(crate) fn left_over(&self) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.directory).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            let mut parts = name.split('.');
            let (Some(function), Some(Ok(process)), Some("off")) =
                (parts.next(), parts.next().map(str::parse), parts.next())
            else {
                continue;
            };
            let is_set_off = fs::metadata(off_file(&self.directory, function)).is_ok_and(|file| file.len() > 0);
            // The id may be of another program by now.
            let runs = fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|program| program.ends_with(function));
            if runs && !is_set_off {
                found.push((function.to_owned(), process));
            } else if !runs && entry.metadata().is_ok_and(|file| is_old(&file)) {
                drop(fs::remove_file(entry.path()));
            }
        }
        found
    }

    /// Returns whether an answer of a function that comes now may come from a process with a wrong clock.
    pub(crate) fn may_be_off(&self, function: &str) -> bool {
        self.off_until.lock().unwrap().get(function).is_some_and(|until| Instant::now() < *until)
    }
}

/// Returns whether the script that wrote the file has certainly started the binary.
fn is_old(file: &fs::Metadata) -> bool {
    file.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > AFTERMATH))
}

fn off_file(directory: &Path, function: &str) -> PathBuf {
    directory.join(format!("{function}.clock"))
}

fn find_library() -> Option<PathBuf> {
    let of_architecture = |entry: fs::DirEntry| entry.path().join("faketime/libfaketime.so.1");
    let mut found = fs::read_dir("/usr/lib").ok()?.flatten().map(of_architecture).filter(|path| path.exists());
    found.next()
}
