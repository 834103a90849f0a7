//! Locks, by one name for the product and for the tests that try every order of threads (`tests/shuttle`).

pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
