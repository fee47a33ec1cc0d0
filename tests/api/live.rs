//! Live updates: what changes here, changes there.

mod changes;
mod closing;
mod convergence;
mod handshake;
mod hello;
