//! What the tests of object stores need: a place with pictures, a server, and a proxy that misbehaves.

#![allow(clippy::unwrap_used)]

mod place;
mod proxy;
mod server;

pub use place::{PICTURES, Place, ends, said};
pub use proxy::{Fault, Proxy};
pub use server::Server;
