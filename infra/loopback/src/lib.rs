//! Services on loopback: programs of this machine may call them, and web pages may not.
//!
//! [`bind`] listens on a port of 127.0.0.1, [`serve`] answers there, and [`forward`] makes the same service reachable at one
//! more address of the machine. [`Hosts`] and [`Pages`] say who may call.

mod guard;
mod listen;

pub use guard::{HOST_OF_CONTAINERS, Hosts, Pages};
pub use listen::{ListenError, bind, forward, serve};
