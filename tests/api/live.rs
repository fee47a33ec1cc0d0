//! Live updates: what changes here, changes there.

mod changes;
mod closing;
mod handshake;
mod hello;
