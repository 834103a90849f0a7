//! What the ACL library said.

use serde::Serialize;

/// What became of opening the ACL library.
#[derive(Clone, Debug, PartialEq)]
pub enum Library {
    /// There is none anywhere.
    NotInstalled,
    /// There is one that cannot be used: per file, why.
    Unusable(Vec<String>),
    /// It is open, and `aclInit` failed with this message.
    NotInitialized(String),
    /// It is open and initialised.
    Ready {
        /// Its files.
        files: Vec<String>,
        /// Version of the ACL interface.
        version: String,
        /// The chip, as ACL names it.
        soc: Option<String>,
        /// The devices, or why they cannot be counted.
        devices: Result<Vec<Device>, String>,
    },
}

/// A device as ACL sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Its number for ACL.
    pub id: u32,
    /// Free and total memory in bytes, or why it cannot be used.
    pub memory: Result<(u64, u64), String>,
}
