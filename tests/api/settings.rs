//! Settings: one JSON object, changed by merge patches, with a version.

mod concurrent;
mod patches;
mod versions;
