//! The share of a processor that a process gets: a control group, version 1 or 2.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The period after which a process that has used its share goes on, in microseconds. Lambda's is 20 ms, as programs that
/// watch their own pauses see it.
const PERIOD_US: u32 = 20_000;
/// The memory of a function that has one full processor, in MB (Lambda's documentation, "Configure function memory").
const MEMORY_OF_ONE_PROCESSOR: u32 = 1_769;
/// The memory of the functions that are measured, in MB.
const MEMORY: u32 = 128;

/// A control group of this process alone. Dropping it removes the group.
pub(crate) struct CpuLimit {
    group: PathBuf,
    /// The file of the limit, and its contents for 128 MB and for no limit.
    file: &'static str,
    limited: String,
    unlimited: String,
}

/// The share of a processor of a function of 128 MB.
pub(crate) fn share_of_128_mb() -> f64 {
    f64::from(MEMORY) / f64::from(MEMORY_OF_ONE_PROCESSOR)
}

impl CpuLimit {
    /// Creates the group. The error says why this machine does not allow it.
    pub(crate) fn new() -> Result<Self, String> {
        let quota = PERIOD_US * MEMORY / MEMORY_OF_ONE_PROCESSOR;
        let name = format!("usher-cold-start-{}", std::process::id());
        let of = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
        let (second, first) = (Path::new("/sys/fs/cgroup"), Path::new("/sys/fs/cgroup/cpu"));
        let controllers = fs::read_to_string(second.join("cgroup.controllers")).unwrap_or_default();
        if controllers.split_whitespace().any(|controller| controller == "cpu") {
            let subtree = second.join("cgroup.subtree_control");
            fs::write(&subtree, "+cpu").map_err(|error| of(&subtree, &error))?;
            let group = second.join(name);
            fs::create_dir(&group).map_err(|error| of(&group, &error))?;
            let (limited, unlimited) = (format!("{quota} {PERIOD_US}"), format!("max {PERIOD_US}"));
            return Ok(Self { group, file: "cpu.max", limited, unlimited });
        }
        let group = first.join(name);
        fs::create_dir(&group).map_err(|error| of(&group, &error))?;
        let limit = Self { group, file: "cpu.cfs_quota_us", limited: quota.to_string(), unlimited: "-1".to_owned() };
        let period = limit.group.join("cpu.cfs_period_us");
        fs::write(&period, PERIOD_US.to_string()).map_err(|error| of(&period, &error))?;
        Ok(limit)
    }

    /// Moves a process into the group, and gives it the share of 128 MB.
    pub(crate) fn limit(&self, process: u32) {
        fs::write(self.group.join(self.file), &self.limited).unwrap();
        fs::write(self.group.join("cgroup.procs"), process.to_string()).unwrap();
    }

    /// Gives the processes of the group a full processor again.
    pub(crate) fn lift(&self) {
        fs::write(self.group.join(self.file), &self.unlimited).unwrap();
    }
}

impl Drop for CpuLimit {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.group) {
            eprintln!("{} is left: {error}", self.group.display());
        }
    }
}
