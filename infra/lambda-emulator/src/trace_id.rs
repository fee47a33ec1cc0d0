//! Trace ids of AWS X-Ray.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns a new trace header: a root of seconds and 96 random bits, and a parent of 64 random bits, both in hex.
pub(crate) fn new_trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (root, parent) = (rand::random::<u128>() >> 32, rand::random::<u64>());
    format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
}
