//! Services on loopback that programs of this machine may call and foreign web pages may not.
//!
//! [`bind`] listens on a port of 127.0.0.1, [`serve`] serves a router there, and [`forward`] makes the same service
//! reachable at another address of the machine. [`Hosts`] and [`Pages`] define who may call.

mod guard;
mod listen;

pub use guard::{HOST_OF_CONTAINERS, Hosts, Pages};
pub use listen::{ListenError, bind, forward, serve};
