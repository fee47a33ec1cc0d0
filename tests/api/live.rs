//! Live updates: what changes here, changes there.

mod changes;
mod closing;
mod convergence;
mod cost;
mod handshake;
mod hello;
