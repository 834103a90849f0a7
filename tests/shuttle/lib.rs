//! The engine's queue under a scheduler that tries many orders of its threads, and says which one failed.
//!
//! ```sh
//! .ci/shuttle 20000
//! ```
#![cfg(test)]
#![allow(dead_code, reason = "what the engine uses and these tests do not")]

/// The rooms that the queue looks into, as small as it needs them.
mod network {
    pub const FEATURE_LENGTH: usize = 1;
}

mod engine {
    #[path = "../../../src/engine/cell.rs"]
    pub mod cell;
    #[path = "../../../src/engine/gather.rs"]
    pub mod gather;
    #[path = "../../../src/engine/queue.rs"]
    pub mod queue;

    pub mod sync {
        pub use shuttle::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard};
        pub use std::sync::PoisonError;
        use std::sync::LockResult;
        use std::time::Duration;

        /// For shuttle no time passes, so a wait with an end would have none. Here it ends at once.
        #[derive(Debug, Default)]
        pub struct Condvar(shuttle::sync::Condvar);

        impl Condvar {
            pub fn new() -> Condvar {
                Condvar::default()
            }

            pub fn notify_one(&self) {
                self.0.notify_one();
            }

            pub fn notify_all(&self) {
                self.0.notify_all();
            }

            pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
                self.0.wait(guard)
            }

            pub fn wait_timeout<'a, T>(
                &self,
                guard: MutexGuard<'a, T>,
                _: Duration,
            ) -> LockResult<(MutexGuard<'a, T>, ())> {
                Ok((guard, ()))
            }
        }
    }

    pub mod error {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Loss {
            pub device: i32,
            pub reason: String,
        }

        #[derive(Debug, thiserror::Error)]
        pub enum ComputeError {
            #[error("no device is left")]
            NoDeviceLeft(Vec<Loss>),
            #[error("{0}")]
            Panicked(String),
            #[error("a hiccup")]
            Hiccup,
        }

        impl ComputeError {
            pub fn is_final(&self) -> bool {
                false
            }
        }
    }

    mod tests;
}
