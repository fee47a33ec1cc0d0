//! Settings: one JSON object with a version, changed by merge patches.

mod concurrent;
mod patches;
mod versions;
