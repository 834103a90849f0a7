//! A stand-in for Ascend's `libascendcl.so` and its `atc` compiler, for testing ACL programs without a card.
//!
//! It is honest: work happens on stream threads and late, device memory faults when the host touches it, misuse
//! is refused with the code the real library documents, what it cannot do is an error and never a quiet success,
//! and every run ends with a report of violations and leaks. Networks are computed by `tract`.
//!
//! Settings: [`settings`]; faults: [`faults`]; modelled time and the hash it outputs: [`timing`]; the report:
//! [`report`]. The library file carries the soname `libascendcl.so`; give it that name with a link to let other
//! programs load it.

mod abi;
pub mod aipp;
pub mod arena;
pub mod atc;
pub mod callback;
pub mod card;
pub mod codes;
pub mod copy;
pub mod event;
pub mod exception;
pub mod execute;
pub mod failure;
pub mod faults;
pub mod handles;
pub mod limits;
pub mod load;
pub mod memory;
pub mod model;
pub mod network;
pub mod objects;
pub mod om;
pub mod publication;
pub mod report;
pub mod settings;
pub mod state;
pub mod stream;
pub mod synchronize;
pub mod task;
pub mod teardown;
pub mod timing;
pub mod transfer;
pub mod workspace;
