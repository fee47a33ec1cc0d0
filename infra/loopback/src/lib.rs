//! Services on loopback that programs of this machine may call and foreign web pages may not.
//!
//! [`bind`] listens on a port of 127.0.0.1, [`serve`] serves a router there, [`guarded`] adds the check to a part of a
//! router, and [`forward`] makes the same service reachable at another address of the machine. [`Hosts`] and [`Pages`] define who may call. [`log_refusal`] writes the
//! log line of a refused request, and every service uses it. [`lock_file`] gives the data of a service to one process.

mod file_lock;
mod guard;
mod listen;
mod refusal;

pub use file_lock::lock_file;
pub use guard::{HOST_OF_CONTAINERS, Hosts, Pages, guarded, is_loopback_origin};
pub use listen::{ListenError, bind, forward, serve};
pub use refusal::{log_refusal, shown_route, shown_word};
