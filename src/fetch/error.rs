//! Why a file could not be fetched.

use std::io;
use std::path::PathBuf;

/// A file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server could not be reached or broke off.
    #[error("{url}: broke off after {received} bytes in {tries} tries; run it again to go on from there")]
    Broken {
        /// Where it was asked for.
        url: String,
        /// Bytes kept.
        received: u64,
        /// Tries made.
        tries: u32,
        /// The last try's fault.
        source: Box<ureq::Error>,
    },
    /// The server refused.
    #[error("{url}: the server answered {status}; try another place")]
    Refused {
        /// Where it was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The address is none, or cannot be used.
    #[error("{url}: not a usable address")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: Box<ureq::Error>,
    },
    /// The file is not the published one.
    #[error(
        "{url}: SHA-256 is {found}, expected {expected}; the download was removed, try again, or another place"
    )]
    Hash {
        /// Where it came from.
        url: String,
        /// Hash of what came.
        found: String,
        /// Hash of the published file.
        expected: String,
    },
    /// The disk refused.
    #[error("cannot {what} {path}; {kept} bytes are kept, run it again once that is mended")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Bytes of the download that are safe.
        kept: u64,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else fetches the same file.
    #[error("{path} is being fetched by another process; wait for it")]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
}
